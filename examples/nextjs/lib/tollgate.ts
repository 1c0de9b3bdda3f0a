"use client";

// The client of this page. API and app have one origin, since the app passes the API's paths on: see proxy.ts.

import { createTollgate } from "tollgate-client";
import { serverSession } from "./server-session";

export const tollgate = createTollgate({ fetch: showingTokens });

/** Whatever brings a new access token, server components get it too. */
async function showingTokens(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const answer = await fetch(input, init);
  const { pathname } = new URL(answer.url);
  if (answer.ok && (pathname === "/auth/login" || pathname === "/auth/refresh")) {
    const { access_token: token } = (await answer.clone().json()) as { access_token: string };
    // The page does without. The login page says so if the server does not know its visitor.
    serverSession.keep(token).catch(() => {});
  }
  return answer;
}
