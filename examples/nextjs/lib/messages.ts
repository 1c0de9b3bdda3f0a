// What people read when something is refused.

import { InvalidCredentials, InvalidRequest, SessionEnded, TooManyAttempts, Unavailable, type TollgateError } from "tollgate-client";

const ENDED: Record<SessionEnded["reason"], string | null> = {
  expired: "You were away for a while, so your session has ended.",
  revoked: "Your session was ended, here or on another device.",
  reused: "Somebody else has used your session, so it was ended for both of you. If that was not you, change your password.",
  logged_out: "You have signed out.",
  // Nobody was here before.
  unknown: null,
};

/** Why there is no session any more. `null` if there was none. */
export function endOf(error: TollgateError | undefined): string | null {
  return error instanceof SessionEnded ? ENDED[error.reason] : null;
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
