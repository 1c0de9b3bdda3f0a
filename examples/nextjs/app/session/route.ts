// POST keeps the access token of the page for server components, DELETE drops it, GET tells whether it is there.

import { verifyAccessToken } from "@/lib/access-token";
import { isFromOwnPage } from "@/lib/own-page";
import { dropSession, keepSession, sessionToken } from "@/lib/session-cookie";

export async function POST(request: Request): Promise<Response> {
  if (!isFromOwnPage(request)) return refusal(403, "cross_site_request");
  const [, token] = /^Bearer (\S+)$/.exec(request.headers.get("authorization") ?? "") ?? [];
  const visitor = token && (await verifyAccessToken(token));
  if (!visitor) return refusal(401, "invalid_token");
  await keepSession(token, visitor.expiresAt);
  return done();
}

export async function DELETE(request: Request): Promise<Response> {
  if (!isFromOwnPage(request)) return refusal(403, "cross_site_request");
  await dropSession();
  return done();
}

export async function GET(): Promise<Response> {
  const token = await sessionToken();
  return token && (await verifyAccessToken(token)) ? done() : refusal(401, "unauthorized");
}

function done(): Response {
  return new Response(null, { status: 204, headers: { "Cache-Control": "no-store" } });
}

function refusal(status: number, error: string): Response {
  return Response.json({ error }, { status, headers: { "Cache-Control": "no-store" } });
}
