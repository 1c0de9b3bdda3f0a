// The browser's side of /session: keeps the access token where server components find it.

let last: Promise<unknown> = Promise.resolve();

export const serverSession = {
  keep: (token: string) => say("POST", { Authorization: `Bearer ${token}` }),
  drop: () => say("DELETE"),
  /** Whether the browser gives the cookie back. */
  isKept: async () => (await say("GET")).ok,
};

/** One request after the other, so that the last word said is the last one heard. */
function say(method: string, headers?: HeadersInit): Promise<Response> {
  const answer = last.then(() => fetch("/session", { method, headers, cache: "no-store" }));
  last = answer.catch(() => {});
  return answer;
}
