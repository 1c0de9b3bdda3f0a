// What people read when something is refused.

import { InvalidCredentials, InvalidRequest, SessionEnded, TooManyAttempts, Unavailable, type TollgateError } from "tollgate-client";

const ENDED: Record<SessionEnded["reason"], string> = {
  expired: "You were away for a while, so your session has ended.",
  revoked: "Your session was ended: on another device, by whoever runs this app, or because somebody had copied it.",
  reused: "Somebody else has used your session, so it was ended for both of you. If that was not you, change your password.",
  logged_out: "You are signed out, here and in every other tab.",
  unknown: "The server does not find your session any more. Does your browser keep cookies of this site?",
};

/** Why there is no session any more. `null` if there was none. */
export function endOf(error: TollgateError | undefined, wasSignedIn: boolean): string | null {
  // Of a browser that keeps no record the server is asked, and knows nobody.
  if (error instanceof SessionEnded && (wasSignedIn || error.reason !== "unknown")) return ENDED[error.reason];
  return wasSignedIn ? ENDED.logged_out : null;
}

/** Why a log-in did not work. */
export function refusalOf(error: unknown): string {
  if (error instanceof InvalidCredentials) return "This address and this password do not belong together.";
  if (error instanceof TooManyAttempts) return `Too many attempts. Try again ${inMinutes(error.retryAfter)}.`;
  if (error instanceof Unavailable) return "The server cannot be reached. Try again in a moment.";
  // A mistake in the settings, which its message names: an origin that Tollgate was not told, for one.
  if (error instanceof InvalidRequest) return error.message;
  return "That did not work. Try again.";
}

function inMinutes(seconds: number): string {
  const minutes = Math.ceil(seconds / 60);
  return minutes === 1 ? "in a minute" : `in ${minutes} minutes`;
}
