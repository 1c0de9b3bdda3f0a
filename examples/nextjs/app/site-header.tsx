"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";
import { useState } from "react";
import { Unavailable } from "tollgate-client";
import { useAuth } from "./auth-context";

const PAGES = [
  ["/", "Start"],
  ["/account", "In the browser"],
  ["/overview", "On the server"],
] as const;

const OUT_OF_REACH = {
  known: "The server is out of reach. You stay signed in.",
  unknown: "The server is out of reach.",
};

export function SiteHeader() {
  const here = usePathname();
  return (
    <header className="site-header">
      <nav aria-label="Pages">
        {PAGES.map(([path, name]) => (
          // No prefetching: pages of the server are for a visitor, and a moment.
          <Link key={path} href={path} prefetch={false} aria-current={here === path ? "page" : undefined}>
            {name}
          </Link>
        ))}
      </nav>
      <SessionBar />
    </header>
  );
}

function SessionBar() {
  const { status, user, error, logout } = useAuth();
  const [problem, setProblem] = useState<string>();

  async function signOut() {
    setProblem(undefined);
    // Here the session is over in any case.
    await logout().catch(() => setProblem("Signed out here. The server will be told when it can be reached."));
  }

  return (
    <>
      <div className="session-bar">
        {status === "loading" && <span className="quiet">…</span>}
        {status === "anonymous" && <Link href="/login">Sign in</Link>}
        {user && (
          <>
            <span className="quiet">{user.email}</span>
            <button type="button" className="plain" onClick={signOut}>
              Sign out
            </button>
          </>
        )}
      </div>
      <p className="site-status" role="status">
        {error instanceof Unavailable ? OUT_OF_REACH[user ? "known" : "unknown"] : status === "anonymous" && problem}
      </p>
    </>
  );
}
