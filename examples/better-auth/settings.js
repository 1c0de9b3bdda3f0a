// What the server is told: the variables, read once, at the start. A missing or wrong one stops it, by its name.

import { readFileSync } from "node:fs";

/** The settings, and the key that signs tokens for the API. */
export function readSettings(environment = process.env) {
  const read = (name) => {
    const value = environment[name];
    if (!value) throw new Error(`${name} is not set`);
    return value;
  };
  const settings = {
    // Signs cookies and the links in mails. Nobody but this server has it.
    secret: read("BETTER_AUTH_SECRET"),
    // Signs tokens for the API, and nothing else. Whoever verifies them has it too.
    tokenSecret: firstSecret(read("API_TOKEN_KEY")),
    issuer: read("API_TOKEN_ISSUER"),
    audience: read("API_TOKEN_AUDIENCE"),
    mailFolder: read("MAIL_FOLDER"),
  };
  if (settings.secret === settings.tokenSecret) {
    throw new Error("API_TOKEN_KEY must not be BETTER_AUTH_SECRET: see README.md");
  }
  return settings;
}

/** The newest secret of a key file, as Tollgate reads them: one on each line, `#` begins a comment. */
function firstSecret(uri) {
  const [, path] = /^file:\/\/(.+)$/.exec(uri) ?? [];
  if (!path) throw new Error("API_TOKEN_KEY must be file://PATH");
  const lines = readFileSync(path, "utf8").split("\n").map((line) => line.trim());
  const secret = lines.find((line) => line && !line.startsWith("#")) ?? "";
  if (Buffer.byteLength(secret) < 32) throw new Error("API_TOKEN_KEY needs a secret of at least 32 bytes");
  return secret;
}
