"use client";

import { useRouter } from "next/navigation";
import { useEffect } from "react";
import { loginPage } from "@/lib/landing";
import { Notice } from "./notice";

/** Sends a visitor to the login page, and back to `from` afterwards. */
export function ToLogin({ from }: { from: string }) {
  const router = useRouter();
  useEffect(() => {
    const go = () => router.replace(loginPage(from));
    // Without a network, the browser would show a page of its own.
    if (navigator.onLine) return go();
    addEventListener("online", go);
    return () => removeEventListener("online", go);
  }, [router, from]);
  return <Notice>One moment: this page is for those who have signed in.</Notice>;
}
