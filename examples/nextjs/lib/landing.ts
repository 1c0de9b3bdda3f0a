// Where a visitor goes after the log-in.

const HOME = "/account";
const HERE = "http://here.invalid";

/** The page of this app that `next` names. Another site is no page of this app, however it is spelled. */
export function landingPage(next: string | null): string {
  if (!next?.startsWith("/") || !URL.canParse(next, HERE)) return HOME;
  const url = new URL(next, HERE);
  // "/.//other.example" is a path here, and would be another site once more is made of it.
  const stays = url.origin === HERE && !url.pathname.startsWith("//");
  return stays && !/^\/login\/?$/.test(url.pathname) ? url.pathname + url.search : HOME;
}

/** The login page, which sends its visitor back to `page`. */
export function loginPage(page: string): string {
  return `/login?next=${encodeURIComponent(page)}`;
}
