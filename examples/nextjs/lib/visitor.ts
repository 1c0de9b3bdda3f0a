// Who looks at a page that the server renders.

import "server-only";
import { forbidden, redirect } from "next/navigation";
import { verifyAccessToken, type Visitor } from "./access-token";
import { sessionToken } from "./session-cookie";

/** The visitor of `page`. Whoever is nobody goes to the login page, and comes back from there. */
export async function requireVisitor(page: string): Promise<Visitor> {
  const token = await sessionToken();
  const visitor = token && (await verifyAccessToken(token));
  if (!visitor) redirect(`/login?next=${encodeURIComponent(page)}`);
  return visitor;
}

/** 403, unless the visitor's token allows `scope`. */
export function requireScope(visitor: Visitor, scope: string): void {
  if (!visitor.scope.includes(scope)) forbidden();
}
