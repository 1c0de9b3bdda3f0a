// A Lambda authorizer as AWS and jose document one: the key is fetched from Secrets Manager when the sandbox starts.

import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { errors, jwtVerify } from "jose";

const { TOLLGATE_ISSUER: issuer, TOLLGATE_AUDIENCE: audience, SECRET_ID: SecretId } = process.env;

const { SecretString } = await new SecretsManagerClient().send(new GetSecretValueCommand({ SecretId }));
const key = await crypto.subtle.importKey("raw", Buffer.from(SecretString), { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);

export async function handler(event) {
  const [scheme, token] = (event.headers.authorization ?? "").split(" ");
  if (scheme.toLowerCase() !== "bearer") return { isAuthorized: false, context: { reason: "no_credentials" } };
  try {
    const { payload } = await jwtVerify(token, key, { issuer, audience, algorithms: ["HS256"], requiredClaims: ["exp"] });
    const { iss, sub, email, scope, exp, sid } = payload;
    return { isAuthorized: true, context: { iss, sub, email, scope, exp: String(exp), sid } };
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error;
    return { isAuthorized: false, context: { reason: "invalid_token" } };
  }
}
