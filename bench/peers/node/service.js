// A protected request as Hono's documentation has it, with jose.

import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { createMiddleware } from "hono/factory";
import { errors, jwtVerify } from "jose";

const { BENCH_KEY, BENCH_ISSUER: issuer, BENCH_AUDIENCE: audience, PORT } = process.env;
const key = await crypto.subtle.importKey("raw", Buffer.from(BENCH_KEY), { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);

const authenticated = createMiddleware(async (context, next) => {
  const [scheme, token] = (context.req.header("authorization") ?? "").split(" ");
  if (scheme.toLowerCase() !== "bearer") return context.json({ error: "unauthorized" }, 401);
  try {
    const { payload } = await jwtVerify(token, key, { issuer, audience, algorithms: ["HS256"], requiredClaims: ["exp"] });
    context.set("user", payload);
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error;
    return context.json({ error: "invalid_token" }, 401);
  }
  await next();
});

const app = new Hono();
app.get("/me", authenticated, (context) => {
  const { sub, email, scope } = context.get("user");
  return context.json({ sub, email, scope });
});

serve({ fetch: app.fetch, hostname: "127.0.0.1", port: Number(PORT) }, ({ port }) => {
  console.log(`listening on http://127.0.0.1:${port}`);
});
