"use client";

import Link from "next/link";
import { useEffect, useState } from "react";
import { serverSession } from "@/lib/server-session";
import { tollgate } from "@/lib/tollgate";
import { Notice } from "../notice";

type Obstacle = "no cookies" | "no server";

/** Goes on to a page, once the server knows the visitor too. */
export function Entrance({ to }: { to: string }) {
  const [obstacle, setObstacle] = useState<Obstacle | null>(null);
  const [attempt, setAttempt] = useState(1);

  useEffect(() => {
    let gone = false;
    enter().then((found) => {
      if (gone) return;
      if (found) return setObstacle(found);
      // Not by the router: if that page sent its visitor here, it remembers so, and would not ask again.
      location.replace(to);
    });
    return () => {
      gone = true;
    };
  }, [to, attempt]);

  function tryAgain() {
    setObstacle(null);
    setAttempt(attempt + 1);
  }

  switch (obstacle) {
    case null:
      return <Notice>One moment, you are signed in…</Notice>;
    case "no cookies":
      return (
        <Notice kind="problem">
          <p>
            You are signed in, but the server does not see it: does your browser keep cookies of this site? The account
            page needs none.
          </p>
          <Link href="/account">Open the account page</Link>
        </Notice>
      );
    case "no server":
      return (
        <Notice kind="problem">
          <p>You are signed in, but the server cannot be reached.</p>
          <button type="button" onClick={tryAgain}>
            Try again
          </button>
        </Notice>
      );
  }
}

/** Without this look, a browser without cookies would be sent here and there for ever. */
async function enter(): Promise<Obstacle | null> {
  try {
    const { ok } = await serverSession.keep(await tollgate.accessToken());
    if (!ok) return "no server";
    return (await serverSession.isKept()) ? null : "no cookies";
  } catch {
    return "no server";
  }
}
