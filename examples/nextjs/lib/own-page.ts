// Whether a request comes from a page of this app. Needed wherever a cookie alone would let a request change something.

export function isFromOwnPage(request: Request): boolean {
  const origin = request.headers.get("origin") ?? "";
  const site = request.headers.get("sec-fetch-site") ?? "same-origin";
  // By host: in front of a proxy that ends TLS, the scheme is another one here.
  const host = URL.canParse(origin) ? new URL(origin).host : null;
  return site === "same-origin" && host === request.headers.get("host");
}
