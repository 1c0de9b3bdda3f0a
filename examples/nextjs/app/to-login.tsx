"use client";

import { useRouter } from "next/navigation";
import { useEffect } from "react";
import { loginPage } from "@/lib/landing";
import { Notice } from "./notice";

/** Sends a visitor to the login page, and back to `from` afterwards. */
export function ToLogin({ from }: { from: string }) {
  const router = useRouter();
  useEffect(() => router.replace(loginPage(from)), [router, from]);
  return <Notice>One moment: this page is for those who have signed in.</Notice>;
}
