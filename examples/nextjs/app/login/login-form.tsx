"use client";

import { useId, useState, type FormEvent } from "react";
import { useAuth } from "../auth-context";
import { Notice } from "../notice";
import { refusalOf } from "@/lib/messages";

export function LoginForm() {
  const { login } = useAuth();
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);
  const id = useId();

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (busy) return;
    const form = event.currentTarget;
    const fields = new FormData(form);
    setProblem(undefined);
    setBusy(true);
    try {
      await login({ email: String(fields.get("email")), password: String(fields.get("password")) });
    } catch (error) {
      setProblem(refusalOf(error));
      setBusy(false);
      const password = form.elements.namedItem("password") as HTMLInputElement;
      password.select();
    }
  }

  return (
    <form onSubmit={submit} className="card">
      {problem && <Notice kind="problem">{problem}</Notice>}
      <label htmlFor={`${id}-email`}>Email address</label>
      <input id={`${id}-email`} name="email" type="email" autoComplete="username" required autoFocus />
      <label htmlFor={`${id}-password`}>Password</label>
      <input id={`${id}-password`} name="password" type="password" autoComplete="current-password" required />
      <button type="submit" aria-disabled={busy}>
        {busy ? "Signing in…" : "Sign in"}
      </button>
    </form>
  );
}
