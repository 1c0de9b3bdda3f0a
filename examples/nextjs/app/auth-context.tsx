"use client";

import type { ReactNode } from "react";
import { AuthProvider } from "tollgate-client/react";
import { tollgate } from "@/lib/tollgate";

export { Protected, useAuth } from "tollgate-client/react";

/** Who is signed in, for every component below. */
export function AuthContext({ children }: { children: ReactNode }) {
  return <AuthProvider client={tollgate}>{children}</AuthProvider>;
}
