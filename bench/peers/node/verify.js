// Verifies one access token over and over: `verify.js jose|fast-jwt`, with the token in the environment.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createVerifier } from "fast-jwt";
import { jwtVerify } from "jose";
import { measureAsync, measureSync, work } from "./worker.js";

const { BENCH_TOKEN: token, BENCH_KEY: key, BENCH_ISSUER: issuer, BENCH_AUDIENCE: audience } = process.env;

const libraries = {
  async jose() {
    // Imported once: given the bytes, the library would import them for every token.
    const secret = await crypto.subtle.importKey("raw", Buffer.from(key), { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
    // It wants `iss` and `aud` where it is told what they are.
    const options = { issuer, audience, algorithms: ["HS256"], requiredClaims: ["exp"] };
    const call = () => jwtVerify(token, secret, options);
    assert.ok((await call()).payload.sub);
    return measureAsync(call);
  },
  async "fast-jwt"() {
    const verify = createVerifier({
      key,
      algorithms: ["HS256"],
      allowedIss: issuer,
      allowedAud: audience,
      requiredClaims: ["exp", "iss", "aud"],
    });
    assert.ok(verify(token).sub);
    return measureSync(() => verify(token));
  },
};

const [, , library] = process.argv;
const { version } = JSON.parse(readFileSync(new URL(`node_modules/${library}/package.json`, import.meta.url)));
await work(`${library} ${version}, Node ${process.versions.node}`, await libraries[library]());
