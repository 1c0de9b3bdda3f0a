"use client";

// The client of this page. API and app have one origin, since the app passes the API's paths on: see proxy.ts.

import { createTollgate } from "tollgate-client";
import { serverSession } from "./server-session";

export const tollgate = createTollgate({ fetch: sharedWithTheServer });

let somebody = false;
tollgate.subscribe(({ user }) => (somebody ||= user !== null));

/** Whether somebody has been signed in since the page was loaded. */
export const wasSignedIn = (): boolean => somebody;

/**
 * Whatever token a call brings or ends, server components gain or lose it too.
 *
 * The client makes these calls one at a time among all tabs. They end after the cookie is changed, so that it
 * changes in the same order.
 */
async function sharedWithTheServer(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const { pathname } = new URL(input instanceof Request ? input.url : input, location.href);
  const answer = await fetch(input, init);
  // Without it this page does as well. The login page says so when the server does not know its visitor.
  await share(pathname, answer.clone()).catch(() => {});
  return answer;
}

async function share(path: string, answer: Response): Promise<void> {
  if (path === "/auth/logout" || (path === "/auth/refresh" && answer.status === 401)) await serverSession.drop();
  if ((path === "/auth/login" || path === "/auth/refresh") && answer.ok) {
    const { access_token: token } = (await answer.json()) as { access_token: string };
    await serverSession.keep(token);
  }
}
