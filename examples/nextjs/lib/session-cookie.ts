// The cookie that lets server components know who is there: the access token, until it expires.

import { cookies } from "next/headers";

export const SESSION_COOKIE = "__Host-session";

/** Strict: a link from another site arrives without it. The login page then fetches a new one. */
const ATTRIBUTES = { httpOnly: true, secure: true, sameSite: "strict", path: "/" } as const;

export async function sessionToken(): Promise<string | undefined> {
  return (await cookies()).get(SESSION_COOKIE)?.value;
}

export async function keepSession(token: string, expiresAt: number): Promise<void> {
  const maxAge = Math.max(0, expiresAt - Math.floor(Date.now() / 1000));
  (await cookies()).set(SESSION_COOKIE, token, { ...ATTRIBUTES, maxAge });
}

export async function dropSession(): Promise<void> {
  (await cookies()).set(SESSION_COOKIE, "", { ...ATTRIBUTES, maxAge: 0 });
}
