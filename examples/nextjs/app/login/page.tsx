import type { Metadata } from "next";
import { landingPage } from "@/lib/landing";
import { LoginGate } from "./login-gate";

export const metadata: Metadata = { title: "Sign in" };

export default async function Login({ searchParams }: { searchParams: Promise<{ next?: string | string[] }> }) {
  const { next } = await searchParams;
  return (
    <div className="narrow">
      <h1>Sign in</h1>
      <LoginGate next={landingPage(typeof next === "string" ? next : null)} />
    </div>
  );
}
