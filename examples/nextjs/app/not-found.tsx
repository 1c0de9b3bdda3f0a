import Link from "next/link";

export default function NotFound() {
  return (
    <div className="narrow">
      <h1>There is no such page</h1>
      <Link href="/">Back to the start</Link>
    </div>
  );
}
