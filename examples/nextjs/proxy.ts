// What happens before a page: calls of the API go to Tollgate, and visitors without a session to the login page.

import { NextResponse, type NextRequest } from "next/server";
import { SESSION_COOKIE } from "@/lib/session-cookie";
import { readSettings } from "@/lib/settings";

const PAGES_OF_THE_SERVER = /^\/overview(\/|$)/;

export function proxy(request: NextRequest): NextResponse {
  const { pathname, search } = request.nextUrl;
  if (!PAGES_OF_THE_SERVER.test(pathname)) {
    // Here and not among the rewrites of next.config.ts: those are fixed when the app is built.
    return NextResponse.rewrite(new URL(pathname + search, readSettings().url));
  }
  // A hint, which saves the page the work. The page verifies the token, and so does protected-api.
  if (request.cookies.has(SESSION_COOKIE)) return NextResponse.next();
  return NextResponse.redirect(new URL(`/login?next=${encodeURIComponent(pathname + search)}`, request.url));
}

export const config = { matcher: ["/auth/:path*", "/me", "/reports", "/overview/:path*"] };
