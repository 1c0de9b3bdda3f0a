// Log-ins and refreshes with Better Auth, as its documentation has it: e-mail and password, SQLite by better-sqlite3,
// behind Hono on Node.
//
// A log-in is `POST /api/auth/sign-in/email`: it finds the user, checks the password with scrypt (its default: N 16384,
// r 16, p 1, so 32 MiB), and writes a session. Tollgate's does the same with its own hash, so the hashes are compared
// with the rest: each is what its library chose.
//
// It has no rotating refresh tokens. Nearest to a refresh is `GET /api/auth/get-session` with the cookie when the
// session is due to be extended: it reads session and user, writes the new expiry, and answers with the session and a
// signed cookie. By default one is due once a day; here at every call, since Tollgate writes at every refresh. It does
// less than Tollgate: the token stays the same, so nothing tells when it was stolen.

import { randomBytes } from "node:crypto";
import { serve } from "@hono/node-server";
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import Database from "better-sqlite3";
import { Hono } from "hono";

const { BENCH_DATABASE, BENCH_EMAIL: email, BENCH_PASSWORD: password, PORT } = process.env;

const database = new Database(BENCH_DATABASE);
// As better-sqlite3 recommends. Its commits then do not wait for the disk; Tollgate's, in the same mode, do.
database.pragma("journal_mode = WAL");

const auth = betterAuth({
  baseURL: `http://127.0.0.1:${PORT}`,
  secret: randomBytes(32).toString("base64"),
  database,
  emailAndPassword: { enabled: true },
  session: { updateAge: 0 },
  // On by default in production: three log-ins in ten seconds. All that is measured comes from one address.
  rateLimit: { enabled: false },
});

const { runMigrations } = await getMigrations(auth.options);
await runMigrations();
await auth.api.signUpEmail({ body: { name: "Ada", email, password } });

const app = new Hono();
app.on(["POST", "GET"], "/api/auth/*", (context) => auth.handler(context.req.raw));

serve({ fetch: app.fetch, hostname: "127.0.0.1", port: Number(PORT) }, ({ port }) => {
  console.log(`listening on http://127.0.0.1:${port}`);
});
