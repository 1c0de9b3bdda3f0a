/** Calls of the API: with the token, without one, and with one that somebody changed. */

import { byId } from './dom.js';
import { damaged } from './token.js';

/**
 * @param {import('./session.js').Session} session
 * @param {import('./wire.js').Wire} wire
 */
export function startCalls(session, wire) {
  const plain = wire.fetchAs('page');
  const calls = {
    me: () => session.client.fetch('/me'),
    reports: () => session.client.fetch('/reports'),
    bare: () => plain('/me'),
    damaged: () => plain('/me', { headers: { Authorization: `Bearer ${damaged(session.token)}` } }),
  };
  for (const button of document.querySelectorAll('[data-call]')) {
    button.addEventListener('click', async () => {
      button.classList.add('busy');
      // Every answer and every failure is in the log, and an ended session changes the page.
      await calls[button.dataset.call]().catch(() => {});
      button.classList.remove('busy');
    });
  }
}

/** Says what /reports will answer, and where the other answer is to be had. */
export function showScopeHint(scope) {
  byId('scope-hint').textContent = scope.includes('reports:read')
    ? 'GET /reports needs the scope reports:read, which you have. For a 403, log in as guest@example.com.'
    : 'GET /reports needs the scope reports:read, which you lack: a 403. demo@example.com has it.';
}
