"use client";

import { useRouter } from "next/navigation";
import { useEffect, type ReactNode } from "react";
import { useAuth } from "../auth-context";
import { ToLogin } from "../to-login";

/** What the server wrote for a visitor, for as long as this browser is theirs: also when another tab signs out. */
export function SameVisitor({ id, page, children }: { id: string; page: string; children: ReactNode }) {
  const { status, user } = useAuth();
  const router = useRouter();
  const other = user !== null && user.id !== id;
  useEffect(() => {
    if (other) router.refresh();
  }, [other, router]);
  if (status === "anonymous") return <ToLogin from={page} />;
  return other ? null : children;
}
