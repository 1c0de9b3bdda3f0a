"use client";

import { useEffect, type ReactNode } from "react";
import { AuthProvider, useAuth } from "tollgate-client/react";
import { serverSession } from "@/lib/server-session";
import { tollgate } from "@/lib/tollgate";

export { Protected, useAuth } from "tollgate-client/react";

/** Who is signed in, for every component below. */
export function AuthContext({ children }: { children: ReactNode }) {
  return (
    <AuthProvider client={tollgate}>
      <ServerSessionEnds />
      {children}
    </AuthProvider>
  );
}

/** Nobody here, in this tab or because of another: then nobody on the server either. */
function ServerSessionEnds() {
  const { status } = useAuth();
  useEffect(() => {
    // Out of reach, the cookie ends by itself, a few minutes later.
    if (status === "anonymous") serverSession.drop().catch(() => {});
  }, [status]);
  return null;
}
