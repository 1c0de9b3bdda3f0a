import type { Metadata } from "next";
import { Account } from "./account";

export const metadata: Metadata = { title: "In the browser" };

export default function AccountPage() {
  return (
    <>
      <h1>In the browser</h1>
      <p className="lead">This page asks for its data by itself, with a token that it keeps in memory.</p>
      <Account />
    </>
  );
}
