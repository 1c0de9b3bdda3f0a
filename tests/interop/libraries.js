// Signs and verifies tokens with jose and jsonwebtoken: one request and one answer in JSON on each line.
//
// A verification can leave one check out (`loosen`), which is how the tests show that the check is what refuses.

import { createInterface } from "node:readline";
import * as jose from "jose";
import jsonwebtoken from "jsonwebtoken";

const ALGORITHM = "HS256";
const TYPE = "at+jwt";
const REQUIRED = ["iss", "aud", "sub", "iat", "exp", "jti"];

const algorithms = (loosen) => (loosen === "alg" ? [ALGORITHM, "HS512"] : [ALGORITHM]);
const key = (secret) => new TextEncoder().encode(secret);

async function verifyWithJose({ token, secret, issuer, audience, loosen }) {
  if (loosen === "signature") return jose.decodeJwt(token);
  // Nothing turns its clock off: without the check, it is a moment at which the token is good.
  const { exp, nbf } = jose.decodeJwt(token);
  const moment = { exp: exp - 1, nbf }[loosen];
  const { payload } = await jose.jwtVerify(token, key(secret), {
    algorithms: algorithms(loosen),
    typ: loosen === "typ" ? undefined : TYPE,
    issuer: loosen === "iss" ? undefined : issuer,
    audience: loosen === "aud" ? undefined : audience,
    requiredClaims: REQUIRED.filter((name) => name !== loosen),
    currentDate: moment ? new Date(moment * 1000) : undefined,
  });
  return payload;
}

function verifyWithJsonwebtoken({ token, secret, issuer, audience, loosen }) {
  if (loosen === "signature") return jsonwebtoken.decode(token);
  const { header, payload } = jsonwebtoken.verify(token, secret, {
    algorithms: algorithms(loosen),
    issuer: loosen === "iss" ? undefined : issuer,
    audience: loosen === "aud" ? undefined : audience,
    ignoreExpiration: loosen === "exp",
    ignoreNotBefore: loosen === "nbf",
    complete: true,
  });
  // It looks at neither.
  if (loosen !== "typ" && header.typ !== TYPE) throw new Error("wrong typ");
  const missing = REQUIRED.find((name) => name !== loosen && !(name in payload));
  if (missing) throw new Error(`no ${missing}`);
  return payload;
}

function signWithJose({ header, claims, secret }) {
  if (header.alg === "none") return new jose.UnsecuredJWT(claims).encode();
  return new jose.SignJWT(claims).setProtectedHeader(header).sign(key(secret));
}

function signWithJsonwebtoken({ header, claims, secret }) {
  // It adds an iat unless it is told not to.
  const options = { algorithm: header.alg, header, noTimestamp: !("iat" in claims) };
  return jsonwebtoken.sign(claims, header.alg === "none" ? "" : secret, options);
}

const ACTIONS = {
  jose: { sign: signWithJose, verify: verifyWithJose },
  jsonwebtoken: { sign: signWithJsonwebtoken, verify: verifyWithJsonwebtoken },
};

async function answer({ library, action, ...request }) {
  try {
    return { result: await ACTIONS[library][action](request) };
  } catch (error) {
    return { refusal: `${error.name}: ${error.message}` };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await answer(JSON.parse(line))));
}
