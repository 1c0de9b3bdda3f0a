/** An exchange as it is on the wire: a line, and behind it request and response. */

import { element } from './dom.js';
import { explanation, isInCookieMode } from './explanation.js';
import { shortened } from './token.js';

const SECRETS = new Set(['password']);
const NOT_FOR_SCRIPTS = {
  request: '(and what the browser adds by itself: Host, Origin, Cookie …)',
  response: '(and Set-Cookie, which the browser shows to no script)',
};

/** @param {import('./wire.js').Exchange} exchange */
export function exchangeView(exchange) {
  const { method, path, answer, milliseconds } = exchange;
  return element(
    'details',
    { class: 'exchange' },
    element(
      'summary',
      {},
      element('code', { class: 'call' }, `${method} ${path}`),
      element('span', { class: `outcome ${kind(answer)}` }, outcome(exchange)),
      element('span', { class: 'quiet-text' }, `${Math.round(milliseconds)} ms`),
    ),
    element('p', { class: 'why' }, explanation(exchange)),
    ...side('Request', requestText(exchange)),
    ...(answer ? side('Response', responseText(exchange)) : []),
  );
}

/** @param {import('./wire.js').Exchange} exchange */
export function outcome({ answer }) {
  return answer ? `${answer.status} ${answer.statusText}`.trim() : 'no answer';
}

function kind(answer) {
  if (!answer || answer.status >= 500) return 'bad';
  return answer.status < 400 ? 'good' : 'refused';
}

function side(title, text) {
  return [element('p', { class: 'side' }, title), element('pre', {}, text)];
}

function requestText({ method, path, sentHeaders, sentBody }) {
  return message(`${method} ${path} HTTP/1.1`, [...headerLines(sentHeaders), NOT_FOR_SCRIPTS.request], sentBody);
}

function responseText(exchange) {
  const { status, statusText, headers, body } = exchange.answer;
  const setsCookie = status < 400 && isInCookieMode(exchange);
  const lines = [...headerLines(headers), ...(setsCookie ? [NOT_FOR_SCRIPTS.response] : [])];
  return message(`HTTP/1.1 ${status} ${statusText}`, lines, body);
}

function headerLines(headers) {
  return headers.map(([name, value]) => `${name}: ${shortened(value)}`);
}

function message(firstLine, lines, body) {
  return [firstLine, ...lines, ...(body ? ['', withoutSecrets(body)] : [])].join('\n');
}

/** A body as it was sent, but for passwords and the middle of tokens. */
function withoutSecrets(body) {
  try {
    const hidden = (name, value) => (SECRETS.has(name) ? '…' : value);
    return shortened(JSON.stringify(JSON.parse(body, hidden)));
  } catch {
    return shortened(body);
  }
}
