/** The access token, taken apart, with the time that it has left. */

import { byId, element, minutesAndSeconds } from './dom.js';

const EXPLANATIONS = {
  typ: 'an access token, and nothing else',
  alg: 'how it is signed: HMAC with SHA-256',
  kid: 'which key signed it',
  iss: 'who issued it',
  aud: 'for whose API it is',
  sub: 'you: the id of the user',
  email: 'your address',
  scope: 'what it allows',
  iat: 'when it was issued',
  exp: 'when it expires',
  jti: 'the id of this very token',
  sid: 'the session that it belongs to',
};
const TIMES = new Set(['iat', 'exp']);
/** In seconds: from here on the clock is shown as urgent. */
const SOON = 60;

/** Shows a token. @param {import('./token.js').Token} token */
export function showToken(token) {
  const [header, claims, signature] = token.parts;
  byId('token').replaceChildren(
    part('Header', 'header', rows(token.header)),
    part('Claims', 'claims', rows(token.claims)),
    part(
      'Signature',
      'signature',
      element(
        'p',
        {},
        element('code', { class: 'value' }, signature),
        element(
          'span',
          { class: 'meaning' },
          'over header and claims, with the access key: whoever changes a letter needs the key to sign again',
        ),
      ),
    ),
    element(
      'details',
      {},
      element('summary', {}, 'As it is sent'),
      element(
        'p',
        { class: 'raw' },
        element('span', { class: 'header' }, header),
        '.',
        element('span', { class: 'claims' }, claims),
        '.',
        element('span', { class: 'signature' }, signature),
      ),
    ),
  );
}

/** Shows how much of its life is left, in seconds. */
export function showTimeLeft(seconds, lifetime) {
  byId('clock').textContent = minutesAndSeconds(seconds);
  byId('life').textContent =
    seconds > 0
      ? `left of ${minutesAndSeconds(lifetime)}; renewed by itself`
      : 'expired; waits for the server';
  const ring = byId('ring');
  ring.setAttribute('stroke-dashoffset', String(100 - (100 * seconds) / lifetime));
  ring.classList.toggle('soon', seconds <= SOON);
}

function part(title, name, content) {
  return element('div', { class: `part ${name}` }, element('h3', {}, title), content);
}

function rows(fields) {
  const list = element('dl', { class: 'fields' });
  for (const [name, value] of Object.entries(fields)) {
    list.append(
      element(
        'div',
        name === 'jti' ? { id: 'token-id' } : {},
        element('dt', {}, element('code', {}, name)),
        element(
          'dd',
          {},
          element('code', { class: 'value' }, text(value)),
          element('span', { class: 'meaning' }, meaning(name, value)),
        ),
      ),
    );
  }
  return list;
}

function text(value) {
  if (value === '') return '(empty)';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function meaning(name, value) {
  const explained = EXPLANATIONS[name] ?? '';
  return TIMES.has(name) ? `${explained}: ${new Date(value * 1000).toLocaleString()}` : explained;
}
