// What the server is told: the variables, in `.env.local` or around it. A missing or wrong one stops it, by its name.

export interface Settings {
  /** Where Tollgate answers. */
  url: string;
  issuer: string;
  audience: string;
  /** `file://PATH`, or the secrets themselves. */
  accessKey: string;
}

export function readSettings(environment = process.env): Settings {
  const read = (name: string): string => {
    const value = environment[name];
    if (!value) throw new Error(`${name} is not set: .env.example says what it is`);
    return value;
  };
  return {
    url: originOf(read("TOLLGATE_URL")),
    issuer: read("TOLLGATE_ISSUER"),
    audience: read("TOLLGATE_AUDIENCE"),
    accessKey: read("TOLLGATE_ACCESS_KEY"),
  };
}

function originOf(value: string): string {
  const url = URL.canParse(value) ? new URL(value) : null;
  // The refresh cookie is bound to the path that Tollgate has at home, and the browser sees it at /auth.
  if (!url || !/^https?:$/.test(url.protocol) || url.href !== `${url.origin}/`) {
    throw new Error("TOLLGATE_URL must be scheme and host alone, as http://127.0.0.1:8787: see README.md");
  }
  return url.origin;
}
