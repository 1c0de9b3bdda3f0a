// What protected-api answers to a server component that asks for its visitor.

import "server-only";
import { sessionToken } from "./session-cookie";
import { readSettings } from "./settings";

/** An answer, or `null` when there is none to be had right now. */
export async function ask<Body>(path: string): Promise<Body | null> {
  const headers = { Authorization: `Bearer ${await sessionToken()}` };
  const signal = AbortSignal.timeout(5000);
  try {
    const answer = await fetch(readSettings().url + path, { headers, signal, cache: "no-store" });
    if (answer.ok) return (await answer.json()) as Body;
    console.error(`${path} answered ${answer.status}`);
  } catch (error) {
    console.error(`${path} could not be asked: ${(error as Error).message}`);
  }
  return null;
}
