"use client";

import { useAuth } from "../auth-context";
import { Notice } from "../notice";
import { Unreachable } from "../unreachable";
import { endOf } from "@/lib/messages";
import { wasSignedIn } from "@/lib/tollgate";
import { Entrance } from "./entrance";
import { LoginForm } from "./login-form";

/** The form, for those who need it. Others go on to `next`. */
export function LoginGate({ next }: { next: string }) {
  const { status, error } = useAuth();
  if (status === "loading") return <Notice>Looking for your session…</Notice>;
  if (status === "unavailable") return <Unreachable />;
  if (status === "authenticated") return <Entrance to={next} />;
  const ended = endOf(error, wasSignedIn());
  return (
    <>
      {ended && <Notice kind={error ? "problem" : "note"}>{ended}</Notice>}
      <LoginForm />
    </>
  );
}
