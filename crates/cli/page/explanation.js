/** Why an exchange ended as it did, in a sentence. */

/** @param {import('./wire.js').Exchange} exchange */
export function explanation(exchange) {
  const { path, answer } = exchange;
  if (!answer) return 'No answer came: the server or the network is away.';
  const { error, reason } = parsed(answer.body);
  const success = answer.status < 400 ? successes[path]?.(isInCookieMode(exchange)) : undefined;
  return refusals[reason] ?? refusals[error] ?? success ?? '';
}

/** Whether the refresh token of a request and its answer is in a cookie. */
export function isInCookieMode({ sentBody }) {
  return parsed(sentBody).mode === 'cookie';
}

const successes = {
  '/me': () =>
    'The authorizer checked the signature with its key, asked nobody, and told the function who you are.',
  '/reports': () => 'The token is good, and its scope has reports:read.',
  '/auth/login': (inCookie) =>
    inCookie
      ? 'The refresh token is not in the body: it came in a Set-Cookie header, which no script can read.'
      : 'The refresh token is in the body, so the script has it and has to keep it somewhere.',
  '/auth/refresh': (inCookie) =>
    inCookie
      ? 'A new access token. The refresh token moved on by one generation too, in its cookie.'
      : 'The refresh token moved on by one generation.',
  '/auth/logout': () => 'The session is over on the server, whoever has a token of it.',
};

const refusals = {
  unauthorized: '401: it is not proven who you are. Without a token the gateway refuses, and no function runs.',
  invalid_token: '401: the signature does not fit what the token says, so it proves nothing.',
  insufficient_scope:
    '403: it is proven who you are, and it is not enough: your scope lacks reports:read.',
  invalid_credentials:
    'Wrong password or unknown address: the answer and the time it takes are the same, so nobody learns who has an account.',
  too_many_attempts: 'Guessing is slowed down for each account; Retry-After says how long.',
  temporarily_unavailable: 'A part of the server is away. Nothing was used up; the same request may be repeated.',
  cross_site_request: 'The cookie counts only for pages of this origin.',
  reused: 'A token this old can only be a copy. Nobody knows which side is honest, so the whole family ends.',
  revoked: 'The family has ended, so its newest token is worth nothing either.',
  expired: 'The session was not used for too long.',
  unknown: 'There is no session that belongs to this.',
};

function parsed(body) {
  try {
    return JSON.parse(body) ?? {};
  } catch {
    return {};
  }
}
