import Link from "next/link";

export default function Forbidden() {
  return (
    <div className="narrow">
      <h1>Not for this account</h1>
      <p className="lead">
        You are signed in, but your account may not read reports. Whoever runs this app can give it the scope{" "}
        <code>reports:read</code>.
      </p>
      <Link href="/account">Back to your account</Link>
    </div>
  );
}
