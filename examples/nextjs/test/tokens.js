// Access tokens, and what looks like one.

import { createHash, randomBytes } from "node:crypto";
import { SignJWT, UnsecuredJWT } from "jose";

const LIFETIME = 900;

/** Signs as Tollgate does, but for what is changed; `undefined` leaves a field out. */
export async function sign(secret, { header = {}, claims = {}, key = secret } = {}) {
  const now = Math.floor(Date.now() / 1000);
  const said = {
    iss: "https://tollgate.localhost",
    aud: "api.tollgate.localhost",
    sub: "_VcWnSxZ_KR30YW67yssCA",
    iat: now,
    exp: now + LIFETIME,
    jti: randomBytes(16).toString("base64url"),
    sid: randomBytes(16).toString("base64url"),
    email: "ada@example.com",
    scope: "reports:read",
    ...claims,
  };
  const protectedHeader = { alg: "HS256", typ: "at+jwt", kid: keyId(secret), ...header };
  return new SignJWT(said).setProtectedHeader(protectedHeader).sign(new TextEncoder().encode(key));
}

/** What nobody takes, by its name. */
export async function badTokens(secret) {
  const now = Math.floor(Date.now() / 1000);
  const other = randomBytes(32).toString("base64url");
  const good = await sign(secret);
  const [header, payload, signature] = good.split(".");
  const without = (name) => sign(secret, { claims: { [name]: undefined } });
  return {
    "no token at all": "nonsense",
    "a token without a signature": `${header}.${payload}.`,
    "a token with one changed bit": `${header}.${payload}.${signature[0] === "A" ? "B" : "A"}${signature.slice(1)}`,
    "a token with other claims under the same signature": `${header}.${btoa('{"sub":"root"}')}.${signature}`,
    "a token with alg none": new UnsecuredJWT({ sub: "root" }).encode(),
    "a token with HS512 and our key": await sign(secret, { header: { alg: "HS512" } }),
    "a token under another key": await sign(secret, { key: other }),
    "a token under another key that it names": await sign(other),
    "a token that names no key": await sign(secret, { header: { kid: undefined } }),
    "an ID token, typ JWT": await sign(secret, { header: { typ: "JWT" } }),
    "a token without typ": await sign(secret, { header: { typ: undefined } }),
    "a token of another issuer": await sign(secret, { claims: { iss: "https://tollgate.localhost.example.com" } }),
    "a token for another audience": await sign(secret, { claims: { aud: "api.example.com" } }),
    "a token for two audiences": await sign(secret, { claims: { aud: ["api.tollgate.localhost", "api.example.com"] } }),
    "an expired token": await sign(secret, { claims: { iat: now - LIFETIME - 6, exp: now - 6 } }),
    "a token from the future": await sign(secret, { claims: { iat: now + 60, exp: now + 60 + LIFETIME } }),
    "a token of two hours that is older than one": await sign(secret, { claims: { iat: now - 3700, exp: now + 3500 } }),
    "a token without sub": await without("sub"),
    "a token without jti": await without("jti"),
    "a token without iat": await without("iat"),
    "a token without exp": await without("exp"),
    "a token whose sub is a number": await sign(secret, { claims: { sub: 1 } }),
  };
}

/** What the header calls a key. */
export function keyId(secret) {
  return createHash("sha256").update(secret).digest().subarray(0, 8).toString("base64url");
}
