import Link from "next/link";

export default function Start() {
  return (
    <>
      <h1>Tollgate and Next.js</h1>
      <p className="lead">One session, read in two places. Sign in once and look at both pages.</p>
      <div className="cards">
        <section className="card">
          <h2>In the browser</h2>
          <p>
            The page holds the access token in memory and asks <code>protected-api</code> by itself. The refresh token is
            in a cookie that no script can read.
          </p>
          <Link href="/account">Open the account page</Link>
        </section>
        <section className="card">
          <h2>On the server</h2>
          <p>
            A server component verifies the access token with the shared secret, asks <code>protected-api</code>, and
            sends the page with its data.
          </p>
          <Link href="/overview" prefetch={false}>
            Open the overview
          </Link>
        </section>
      </div>
    </>
  );
}
