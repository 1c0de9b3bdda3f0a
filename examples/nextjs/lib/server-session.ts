// The browser's side of /session: keeps the access token where server components find it.

export const serverSession = {
  keep: (token: string) => call("POST", { Authorization: `Bearer ${token}` }),
  drop: () => call("DELETE"),
  /** Whether the browser gives the cookie back. */
  isKept: async () => (await call("GET")).ok,
};

function call(method: string, headers?: HeadersInit): Promise<Response> {
  return fetch("/session", { method, headers, cache: "no-store", signal: AbortSignal.timeout(3000) });
}
