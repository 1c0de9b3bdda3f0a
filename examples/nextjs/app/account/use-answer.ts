"use client";

import { useEffect, useState } from "react";
import { useAuth } from "../auth-context";

export type Answer<Body> =
  | { phase: "asked" }
  | { phase: "answered"; body: Body }
  | { phase: "failed"; problem: string };

/** What the API answers to a GET of this page's visitor. */
export function useAnswer<Body>(path: string): Answer<Body> {
  const { fetch } = useAuth();
  const [answer, setAnswer] = useState<Answer<Body>>({ phase: "asked" });

  useEffect(() => {
    let gone = false;
    const show = (found: Answer<Body>) => gone || setAnswer(found);
    read<Body>(fetch(path)).then(show, () => show({ phase: "failed", problem: "The server cannot be reached." }));
    return () => {
      gone = true;
    };
  }, [fetch, path]);

  return answer;
}

async function read<Body>(asked: Promise<Response>): Promise<Answer<Body>> {
  const response = await asked;
  if (response.ok) return { phase: "answered", body: (await response.json()) as Body };
  if (response.status === 403) return { phase: "failed", problem: "Your account may not see this." };
  return { phase: "failed", problem: `The server answered ${response.status}.` };
}
