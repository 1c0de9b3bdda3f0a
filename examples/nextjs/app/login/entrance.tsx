"use client";

import { useRouter } from "next/navigation";
import { useEffect, useState } from "react";
import { serverSession } from "@/lib/server-session";
import { tollgate } from "@/lib/tollgate";
import { Notice } from "../notice";

/** Goes on to a page, once the server knows the visitor too. */
export function Entrance({ to }: { to: string }) {
  const router = useRouter();
  const [problem, setProblem] = useState<string>();

  useEffect(() => {
    let gone = false;
    enter().then(
      (known) => {
        if (gone) return;
        if (known) router.replace(to);
        else setProblem("You are signed in, but the server does not see it: does your browser keep cookies of this site?");
      },
      () => gone || setProblem("You are signed in, but the server cannot be reached. Try again in a moment."),
    );
    return () => {
      gone = true;
    };
  }, [router, to]);

  return problem ? <Notice kind="problem">{problem}</Notice> : <Notice>One moment, you are signed in…</Notice>;
}

/** Without this look, a browser without cookies would be sent here and there for ever. */
async function enter(): Promise<boolean> {
  await serverSession.keep(await tollgate.accessToken());
  return serverSession.isKept();
}
