// What a file of tests plays on: two servers, a network in front of them, and clients.

import assert from 'node:assert/strict';
import { after } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTollgate } from 'tollgate-client';
import { startProxy, startServer } from './server.js';

/** How long access tokens of the hasty server live. */
export const SHORT = 2_000;

export const [server, hasty] = await Promise.all([startServer(), startServer({ TOLLGATE_ACCESS_TTL: '2s' })]);
after(() => Promise.all([server.stop(), hasty.stop()]));

/** A proxy of its own in front of a server, and the clients that talk to it; all are given `options`. */
export async function openSite(t, target, options) {
  const proxy = await startProxy(target.url);
  const tabs = new Set();
  t.after(() => {
    for (const client of tabs) client.close();
    return proxy.stop();
  });
  const credentials = { email: target.email, password: target.password };
  return {
    proxy,
    credentials,
    tab(more) {
      const client = createTollgate({ baseUrl: proxy.url, ...options, ...more });
      tabs.add(client);
      return client;
    },
    close(client) {
      tabs.delete(client);
      client.close();
    },
    // One after another: attempts at the same moment count as guesses.
    logIn(client) {
      const turn = target.logIns ?? Promise.resolve();
      const done = turn.then(() => client.login(credentials));
      target.logIns = done.catch(() => {});
      return done;
    },
    refreshes: () => proxy.count('/auth/refresh'),
    /** The Idempotency-Keys of all refreshes, each once. */
    keys: () => [...new Set(proxy.calls.filter(isRefresh).map(({ headers }) => headers['idempotency-key']))],
  };
}

const isRefresh = ({ path }) => path === '/auth/refresh';

/** Waits until it holds. */
export async function until(condition, what = condition) {
  for (let left = 500; !condition(); left -= 1) {
    assert.ok(left, `in vain: ${what}`);
    await sleep(20);
  }
}

/** Lets time pass, for the clock that can be set. */
export function passes(t, time) {
  const before = Date.now;
  t.mock.method(Date, 'now', () => before() + time);
}

/** Timers ring twenty times as soon; gives all that were set, and the pauses that passed, as long as they should be. */
export function hurry(t) {
  const [set, pauses] = [[], []];
  const real = setTimeout;
  t.mock.method(Math, 'random', () => 0); // The shortest that a pause may be.
  t.mock.method(globalThis, 'setTimeout', (work, wait, ...values) => {
    if (wait === 3_000) return real(work, wait, ...values); // Node's own, for a connection that nobody uses.
    set.push(wait);
    return real(() => {
      if (wait > 500) pauses.push(wait);
      work(...values);
    }, wait / 20);
  });
  return { set, pauses };
}

/** Answers for the rule of a proxy: what comes from `path` has this fate. */
export const only = (path, fate) => call => (call.path === path ? fate : undefined);
export const json = (status, body, headers = {}) => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
});
export const html = status => ({ status, headers: { 'content-type': 'text/html' }, body: '<h1>Hello</h1>' });
