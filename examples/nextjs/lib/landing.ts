// Where a visitor goes after the log-in.

const HOME = "/account";
const HERE = "http://here.invalid";

/** The page of this app that `next` names. Another site is no page of this app, however it is spelled. */
export function landingPage(next: string | null): string {
  if (!next?.startsWith("/") || !URL.canParse(next, HERE)) return HOME;
  const url = new URL(next, HERE);
  return url.origin === HERE && url.pathname !== "/login" ? url.pathname + url.search : HOME;
}

/** The login page, which sends its visitor back to `page`. */
export function loginPage(page: string): string {
  return `/login?next=${encodeURIComponent(page)}`;
}
