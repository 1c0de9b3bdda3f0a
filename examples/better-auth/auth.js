// Better Auth with e-mail and password, and tokens that Tollgate's gates accept.

import { betterAuth } from "better-auth";
import { memoryAdapter } from "better-auth/adapters/memory";
import { jwt } from "better-auth/plugins";
import { SignJWT } from "jose";

/** The server's side of it all, at `baseURL`. */
export function createAuth(settings, baseURL, sendMail) {
  const tokenKey = new TextEncoder().encode(settings.tokenSecret);
  return betterAuth({
    baseURL,
    secret: settings.secret,
    // Here your database: this one forgets everything when the server stops.
    database: memoryAdapter({ user: [], session: [], account: [], verification: [] }),
    emailAndPassword: { enabled: true },
    emailVerification: {
      sendOnSignUp: true,
      sendVerificationEmail: ({ user, url }) => sendMail(user.email, url),
    },
    plugins: [
      jwt({
        // A token is fetched from /api/auth/token, and not sent along with every session.
        disableSettingJwtHeader: true,
        // A `sign` of one's own wants a place where public keys are. With HS256 there are none, and nobody goes there.
        jwks: { remoteUrl: `${baseURL}/no-public-keys`, keyPairConfig: { alg: "HS256" } },
        jwt: {
          issuer: settings.issuer,
          audience: settings.audience,
          expirationTime: "15m",
          definePayload: ({ user }) => ({
            email: user.email,
            // Anybody can sign up as anybody. The gate refuses a token that does not say true here.
            email_verified: user.emailVerified,
            // Here your rule for who may do what.
            scope: "reports:read",
          }),
          sign: (claims) => new SignJWT(claims).setProtectedHeader({ alg: "HS256", typ: "JWT" }).sign(tokenKey),
        },
      }),
    ],
  });
}
