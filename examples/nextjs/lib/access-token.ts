// What an access token of Tollgate is, and nothing else that is signed with its key.

import "server-only";
import { errors, jwtVerify, type JWTPayload, type JWTVerifyOptions } from "jose";
import { KeyRing } from "./key-ring";
import { readSettings } from "./settings";

/** Who is there, and until when the token says so. */
export interface Visitor {
  id: string;
  email: string;
  scope: string[];
  /** In seconds since 1970. */
  expiresAt: number;
}

/** Clocks may differ by 5 s, and no token is good for more than an hour, whatever it says: as in Tollgate. */
const PROFILE = {
  // Pinned: neither is ever taken from the token (RFC 8725, sections 3.1 and 3.11).
  algorithms: ["HS256"],
  typ: "at+jwt",
  clockTolerance: 5,
  maxTokenAge: 3600,
} satisfies JWTVerifyOptions;
const TEXTS = ["aud", "sub", "jti", "sid", "email", "scope"];

/** The visitor of a good token. `null` for every other: what is wrong with it is nobody's business. */
export async function verifyAccessToken(token: string): Promise<Visitor | null> {
  const { issuer, audience, accessKey } = readSettings();
  const ring = ringOf(accessKey);
  try {
    const { payload } = await jwtVerify(
      token,
      ({ kid }) => ring.get(kid) ?? refuse("no key has this kid"),
      { ...PROFILE, issuer, audience, requiredClaims: ["exp", "iat", ...TEXTS] },
    );
    return visitorOf(payload);
  } catch (error) {
    if (error instanceof errors.JOSEError) return null;
    throw error;
  }
}

function visitorOf(claims: JWTPayload): Visitor {
  if (TEXTS.some((name) => typeof claims[name] !== "string")) refuse("a claim is no text");
  const { sub, email, scope, exp } = claims as JWTPayload & Record<"sub" | "email" | "scope", string>;
  return { id: sub, email, scope: scope.split(" ").filter(Boolean), expiresAt: exp as number };
}

function refuse(reason: string): never {
  throw new errors.JWTInvalid(reason);
}

let ring: KeyRing | undefined;

/** Read once, with the first token: `next build` has no key. */
function ringOf(source: string): KeyRing {
  ring ??= new KeyRing(source);
  return ring;
}
