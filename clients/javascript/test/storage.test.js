// The client as it runs in Node and React Native: the refresh token in a storage, no page, no locks.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  createTollgate, InvalidCredentials, InvalidRequest, SessionEnded, TollgateError, TooManyAttempts, Unavailable,
} from 'tollgate-client';
import { MemoryStorage } from './browser.js';
import { startProxy } from './server.js';
import { hasty, html, hurry, json, only, openSite, passes, server, SHORT, until } from './stage.js';

/** A site of its own, and tabs that share one storage. */
async function open(t, target = server) {
  const storage = new MemoryStorage();
  const site = await openSite(t, target, { storage });
  const key = `tollgate:${site.proxy.url}`;
  return {
    ...site,
    storage,
    record: () => JSON.parse(storage.values.get(key) ?? null),
  };
}

const invalidToken = json(401, { error: 'invalid_token' }, { 'www-authenticate': 'Bearer realm="x", error="invalid_token"' });

const tokenOf = claims => `h.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.s`;
const NOBODYS = tokenOf({ sub: 'x', scope: '' });
const SOMEBODYS = tokenOf({ sub: 'x', email: 'x@example.com', scope: '' });

describe('log-in', { concurrency: true }, () => {
  test('each refusal is an error of its own', async t => {
    const { proxy, tab, credentials } = await open(t);
    const wrong = { ...credentials, password: 'not the password' };
    const long = { ...credentials, password: 'x'.repeat(1025) };
    const cases = [
      ['a wrong password', wrong, undefined, InvalidCredentials, 'invalid_credentials'],
      ['a password that is too long', long, undefined, InvalidRequest, 'invalid_request'],
      ['too many attempts', wrong, json(429, { error: 'too_many_attempts', error_description: 'Later.' }, { 'retry-after': '61' }), TooManyAttempts, 'too_many_attempts'],
      ['a throttle of the gateway', wrong, json(429, { error: 'temporarily_unavailable' }), Unavailable, 'unavailable'],
      ['a store that is away', wrong, json(503, { error: 'temporarily_unavailable' }, { 'retry-after': '1' }), Unavailable, 'unavailable'],
      ['a page of a proxy', wrong, html(502), Unavailable, 'unavailable'],
      ['a page instead of an answer', wrong, html(200), Unavailable, 'unavailable'],
      ['JSON that is none of ours', wrong, json(200, { hello: 'world' }), Unavailable, 'unavailable'],
      ['null', wrong, json(200, null), Unavailable, 'unavailable'],
      ['tokens of nobody', wrong, json(200, { access_token: NOBODYS, expires_in: 900, refresh_token: 'x' }), Unavailable, 'unavailable'],
      ['tokens without an end', wrong, json(200, { access_token: SOMEBODYS, expires_in: 1e308, refresh_token: 'x' }), Unavailable, 'unavailable'],
      ['an error named like a property', wrong, json(400, { error: 'constructor' }), Unavailable, 'unavailable'],
      ['a wrong address', wrong, json(404, { error: 'not_found' }), Unavailable, 'unavailable'],
      ['a refusal that is one of refreshes', wrong, json(401, { error: 'invalid_grant', reason: 'revoked' }), Unavailable, 'unavailable'],
      ['a redirect', wrong, { status: 307, headers: { location: '/elsewhere' }, body: '' }, Unavailable, 'unavailable'],
      ['a connection that breaks', wrong, { cut: true }, Unavailable, 'unavailable'],
    ];
    const client = tab();
    for (const [name, given, fate, kind, code] of cases) {
      proxy.rule = () => fate;
      const error = await client.login(given).then(() => assert.fail(name), error => error);
      assert.ok(error instanceof kind && error instanceof TollgateError, `${name}: ${error.stack}`);
      assert.equal(error.code, code, name);
      assert.ok(error.message.length > 5 && !error.message.includes(given.password), name);
      assert.equal(client.state().status, 'anonymous', name);
      if (kind === TooManyAttempts) {
        assert.equal(error.retryAfter, 61);
        assert.ok(Math.abs(error.retryAt - Date.now() - 61_000) < 2_000);
      }
    }
    assert.ok(!proxy.calls.some(call => call.path === '/elsewhere'), 'a password was sent on');
  });

  test('gives the user, and calls are made in their name', async t => {
    const { proxy, tab, logIn } = await open(t);
    const client = tab();
    assert.deepEqual(await client.ready, { status: 'anonymous', user: null, error: undefined });
    assert.equal(proxy.calls.length, 0, 'a first visit asks nothing');
    const states = [];
    client.subscribe(({ status }) => states.push(status));
    const user = await logIn(client);
    assert.deepEqual(user.scope, ['reports:read']);
    assert.equal(client.user(), user);
    assert.equal(client.state(), client.state());
    const me = await (await client.fetch('/me')).json();
    assert.equal(me.id, user.id);
    assert.equal((await client.accessToken()).split('.').length, 3);
    await client.logout();
    assert.deepEqual(states, ['authenticated', 'anonymous']);
    assert.equal(client.user(), null);
    await assert.rejects(client.fetch('/me'), { name: 'SessionEnded', reason: 'logged_out' });
  });
});

test('nobody hears of a change who does not listen any more', async t => {
  const { tab, logIn } = await open(t);
  const [one, two] = [tab(), tab()];
  await Promise.all([one.ready, two.ready]);
  const heard = [];
  one.subscribe(() => stop());
  const stop = one.subscribe(() => heard.push('unsubscribed'));
  two.subscribe(() => two.close());
  two.subscribe(() => heard.push('closed'));
  await logIn(one);
  await logIn(two);
  assert.deepEqual(heard, []);
});

describe('fetch', { concurrency: true }, () => {
  const BASES = {
    'https://api.example.com/v1/': [
      ['/me', 'https://api.example.com/v1/me', true],
      ['https://api.example.com/v1/me?x=/../y#z', 'https://api.example.com/v1/me?x=/../y#z', true],
      [new URL('https://api.example.com/v1/me'), 'https://api.example.com/v1/me', true],
      [new Request('https://api.example.com/v1/me'), 'https://api.example.com/v1/me', true],
      ['HTTPS://API.EXAMPLE.COM:443/v1/./...', 'https://api.example.com/v1/...', true],
      ['//evil.example/me', 'https://api.example.com/v1//evil.example/me', true],
      ['https://api.example.com/v1', 'https://api.example.com/v1', false],
      ['https://api.example.com/v12/me', 'https://api.example.com/v12/me', false],
      ['https://api.example.com/v1/../other', 'https://api.example.com/other', false],
      ['https://api.example.com/v1/%2e%2e/other', 'https://api.example.com/other', false],
      ['/..\\other', 'https://api.example.com/other', false],
      ['https://api.example.com:8443/v1/me', 'https://api.example.com:8443/v1/me', false],
      ['http://api.example.com/v1/me', 'http://api.example.com/v1/me', false],
      ['https://api.example.com.evil/v1/me', 'https://api.example.com.evil/v1/me', false],
      ['https://api.example.com@evil.example/v1/me', undefined, false],
      ['https://evil.example/?https://api.example.com/v1/me', 'https://evil.example/?https://api.example.com/v1/me', false],
    ],
    // Not as a browser spells it.
    'HTTP://API.EXAMPLE.COM:80/x/../': [
      ['/me', 'http://api.example.com/me', true],
      ['http://api.example.com/me', 'http://api.example.com/me', true],
      ['/x/../../me', 'http://api.example.com/me', true],
      ['http://api.example.com.evil/me', 'http://api.example.com.evil/me', false],
      ['http://api.example.com:8080/me', 'http://api.example.com:8080/me', false],
    ],
  };
  for (const [baseUrl, cases] of Object.entries(BASES)) {
    test(`the token goes to ${baseUrl} and nowhere else`, async t => {
      const { logIn, tab, proxy } = await open(t);
      const sent = [];
      const spy = async (input, init) => {
        const request = new Request(input, init);
        const auth = request.url.match(/\/auth\/.*/);
        if (auth) return fetch(proxy.url + auth[0], init);
        sent.push([request.url, request.headers.has('authorization')]);
        return new Response('{}');
      };
      const client = tab({ baseUrl, fetch: spy });
      await logIn(client);
      for (const [input, resolved, mine] of cases) {
        sent.length = 0;
        await client.fetch(input).catch(error => {
          if (resolved) throw error;
        });
        assert.deepEqual(sent, resolved ? [[resolved, mine]] : [], String(input.url ?? input));
      }
    });
  }

  test('other refusals are the caller’s', async t => {
    const { proxy, tab, logIn } = await open(t);
    const client = tab();
    await logIn(client);
    for (const fate of [json(401, { error: 'unauthorized' }), json(403, { error: 'insufficient_scope' }), html(401), html(500)]) {
      proxy.rule = only('/me', fate);
      assert.equal((await client.fetch('/me')).status, fate.status);
    }
    assert.equal(proxy.count('/auth/refresh'), 0);
  });

  test('calls at the same time share one refresh', async t => {
    const { proxy, tab, logIn } = await open(t, hasty);
    const client = tab();
    await logIn(client);
    await sleep(SHORT);
    const answers = await Promise.all(Array.from({ length: 20 }, () => client.fetch('/me')));
    assert.ok(answers.every(({ status }) => status === 200));
    assert.equal(proxy.count('/auth/refresh'), 1);
  });

  test('a call that is aborted does not wait for the refresh, which goes on for the others', async t => {
    const { proxy, tab, logIn } = await open(t, hasty);
    const client = tab();
    await logIn(client);
    await sleep(SHORT);
    proxy.rule = only('/auth/refresh', { delay: 1_000 });
    const given = new AbortController();
    const calls = [client.fetch('/me', { signal: given.signal }), client.fetch('/me')];
    await until(() => proxy.count('/auth/refresh') === 1);
    const reason = new Error('enough');
    given.abort(reason);
    await assert.rejects(calls[0], reason);
    assert.equal(proxy.calls.at(-1).status, undefined, 'the refresh is not answered yet');
    await assert.rejects(client.fetch('/me', { signal: given.signal }), reason, 'aborted before it began');
    assert.equal(proxy.calls.at(-1).status, undefined);
    assert.equal((await calls[1]).status, 200);
    assert.equal(proxy.count('/auth/refresh'), 1);
    assert.equal(proxy.count('/me'), 1);
  });
});

describe('a refresh', { concurrency: true }, () => {
  test('that is not answered as Tollgate answers does not end the session', async t => {
    const { logIn } = await open(t, hasty);
    const cases = [
      ['a broken connection', { cut: true }],
      ['a store that is away', json(503, { error: 'temporarily_unavailable' }, { 'retry-after': '9' })],
      ['a page of a proxy', html(502)],
      ['a page instead of an answer', html(200)],
      ['a page with status 401', html(401)],
      ['another 401', json(401, { error: 'unauthorized' })],
      ['invalid_grant with another status', json(403, { error: 'invalid_grant', reason: 'revoked' })],
      ['half an answer', json(200, { access_token: 'a.b.c' })],
      ['a throttle', json(429, { error: 'temporarily_unavailable' })],
      ['a refusal that is no verdict', json(400, { error: 'invalid_request', error_description: 'No.' })],
    ];
    await Promise.all(cases.map(async ([name, fate]) => {
      const front = await startProxy(hasty.url, only('/auth/refresh', fate));
      t.after(() => front.stop());
      const storage = new MemoryStorage();
      const first = createTollgate({ baseUrl: front.url, storage });
      await logIn(first);
      first.close();
      await sleep(SHORT);
      const client = createTollgate({ baseUrl: front.url, storage });
      t.after(() => client.close());
      const { status, error } = await client.ready;
      assert.equal(status, 'unavailable', name);
      assert.ok(error instanceof Unavailable || error instanceof InvalidRequest, name);
      assert.ok(!error.message.includes('tgr1_'), name);
      await assert.rejects(client.fetch('/me'), error.constructor, name);
      front.rule = () => undefined;
      assert.equal((await client.fetch('/me')).status, 200, name);
      assert.equal(client.state().status, 'authenticated', name);
    }));
  });

  test('whose answer is lost is repeated with its key, and gives the same successor', async t => {
    const { tab, proxy, record, logIn, keys } = await open(t, hasty);
    const client = tab();
    await logIn(client);
    await sleep(SHORT);
    let lost = 0;
    proxy.rule = call => (call.path === '/auth/refresh' && lost++ === 0 ? { lost: true } : undefined);
    assert.equal((await client.fetch('/me')).status, 200);
    assert.equal(proxy.count('/auth/refresh'), 2);
    assert.equal(keys().length, 1);
    assert.match(keys()[0], /^[!-~]{20,255}$/);
    assert.equal(record().key, undefined, 'an answered key is forgotten');
  });

  test('that a reload interrupts is taken up by the next page with the same key', async t => {
    const { tab, proxy, record, logIn, keys } = await open(t, hasty);
    const client = tab();
    await logIn(client);
    await sleep(SHORT);
    proxy.rule = only('/auth/refresh', { lost: true });
    void client.fetch('/me').catch(() => {});
    await until(() => proxy.count('/auth/refresh') === 1);
    const { key } = record();
    assert.ok(key, 'the key was written down before the request');
    client.close();
    proxy.rule = () => undefined;
    const next = tab();
    assert.equal((await next.ready).status, 'authenticated');
    assert.deepEqual(keys(), [key]);
    await sleep(SHORT);
    assert.equal(typeof record().late, 'number', 'a copy may still be under way');
  });

  test('is not done for a young token', async t => {
    const { tab, proxy, logIn } = await open(t);
    const client = tab();
    await logIn(client);
    await client.refresh();
    assert.equal(proxy.count('/auth/refresh'), 0);
  });
});

describe('tabs on one storage', { concurrency: true }, () => {
  test('with expired tokens make one chain, and nobody is logged out', async t => {
    const { tab, proxy, logIn } = await open(t, hasty);
    const tabs = Array.from({ length: 5 }, () => tab());
    await logIn(tabs[0]);
    for (let round = 0; round < 3; round += 1) {
      await sleep(SHORT + 100);
      const answers = await Promise.all(tabs.map(client => client.fetch('/me')));
      assert.deepEqual(answers.map(({ status }) => status), [200, 200, 200, 200, 200]);
    }
    for (const client of tabs) assert.equal(client.state().status, 'authenticated');
    const refused = proxy.calls.filter(({ status }) => status >= 400);
    assert.deepEqual(refused, []);
    assert.ok(proxy.count('/auth/refresh') <= 6, `${proxy.count('/auth/refresh')} refreshes in three rounds`);
  });

  test('see that one of them logs in, and out', async t => {
    const { tab, logIn } = await open(t);
    const [one, two] = [tab(), tab()];
    await Promise.all([one.ready, two.ready]);
    await logIn(one);
    await until(() => two.state().status === 'authenticated');
    const gone = two.logout();
    assert.equal(two.state().status, 'anonymous', 'at once');
    await gone;
    await until(() => one.state().status === 'anonymous');
    assert.equal(one.state().error, undefined);
  });
});

describe('log-out', { concurrency: true }, () => {
  test('in a tab that heard nothing for long is a log-out of all', async t => {
    const { tab, logIn, record } = await open(t);
    const one = tab();
    await logIn(one);
    const deaf = t.mock.method(BroadcastChannel.prototype, 'addEventListener', () => {});
    const two = tab();
    deaf.mock.restore();
    await two.ready;
    for (let round = 0; round < 4; round += 1) await logIn(one);
    const { refresh } = record();
    await two.logout();
    await until(() => one.state().status === 'anonymous');
    assert.equal(record().session, undefined);
    await assert.rejects(one.fetch('/me'), SessionEnded);
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ refresh_token: refresh });
    const answer = await fetch(`${server.url}/auth/refresh`, { method: 'POST', headers, body });
    assert.equal((await answer.json()).reason, 'revoked', 'of the session that goes on in the others');
  });

  test('wins over a refresh under way', async t => {
    const { tab, proxy, record, logIn } = await open(t, hasty);
    const [one, two] = [tab(), tab()];
    await logIn(one);
    await sleep(SHORT);
    proxy.rule = only('/auth/refresh', { delay: 300 });
    const call = one.fetch('/me');
    call.catch(() => {});
    await until(() => proxy.count('/auth/refresh') === 1);
    await two.logout();
    await assert.rejects(call, SessionEnded);
    assert.equal(one.state().status, 'anonymous');
    assert.equal(record().session, undefined);
    assert.equal(proxy.calls.find(call => call.path === '/auth/logout').status, 204);
  });

  test('that cannot reach the server is told before anything else at the next start', async t => {
    const { tab, proxy, record, storage, logIn } = await open(t);
    const client = tab();
    await logIn(client);
    const { refresh } = record();
    proxy.rule = () => ({ cut: true });
    await assert.rejects(client.logout(), Unavailable);
    assert.equal(client.state().status, 'anonymous');
    client.close();
    const before = proxy.calls.length;
    proxy.rule = () => undefined;
    const next = tab();
    assert.equal((await next.ready).status, 'anonymous');
    await until(() => record().ending === undefined);
    assert.equal(proxy.calls[before].path, '/auth/logout');
    assert.equal(proxy.calls[before].body, JSON.stringify({ refresh_token: refresh, mode: 'body' }));
    assert.ok(![...storage.values.values()].join().includes('tgr1_'));
  });

  test('and a log-in at once after it gives a new session', async t => {
    const { tab, logIn } = await open(t);
    const client = tab();
    await logIn(client);
    const gone = client.logout();
    await logIn(client);
    await gone;
    assert.equal(client.state().status, 'authenticated');
    assert.equal((await client.fetch('/me')).status, 200);
  });
});

describe('storage', { concurrency: true }, () => {
  test('that refuses everything, or is full, is replaced by memory', async t => {
    for (const mood of ['blocked', 'full']) {
      const { tab, storage, logIn } = await open(t);
      storage.mood = mood;
      const client = tab();
      assert.equal((await client.ready).status, 'anonymous', mood);
      await logIn(client);
      assert.equal((await client.fetch('/me')).status, 200, mood);
      await client.logout();
      assert.equal(client.state().status, 'anonymous', mood);
    }
  });

  test('that is full takes the refreshes of two tabs', async t => {
    const { tab, storage, record, logIn } = await open(t, hasty);
    const tabs = [tab(), tab()];
    await logIn(tabs[0]);
    storage.mood = 'full';
    for (let round = 0; round < 2; round += 1) {
      await sleep(SHORT);
      const answers = await Promise.all(tabs.map(client => client.fetch('/me')));
      assert.deepEqual(answers.map(({ status }) => status), [200, 200]);
      const tokens = await Promise.all(tabs.map(client => client.accessToken()));
      assert.deepEqual(tokens, [record().access.token, record().access.token]);
    }
  });

  test('that somebody cleared is a log-out', async t => {
    const { tab, storage, logIn } = await open(t, hasty);
    const client = tab();
    await logIn(client);
    storage.values.clear();
    await sleep(SHORT);
    await assert.rejects(client.fetch('/me'), SessionEnded);
    assert.ok(![...storage.values.values()].join().includes('tgr1_'));
  });

  test('may answer later, as AsyncStorage does', async t => {
    const { tab, storage, logIn } = await open(t, hasty);
    const later = Object.fromEntries(['getItem', 'setItem', 'removeItem'].map(name => [
      name,
      async (...values) => {
        await sleep(5);
        return storage[name](...values);
      },
    ]));
    const tabs = [1, 2, 3].map(() => tab({ storage: later }));
    await logIn(tabs[0]);
    await sleep(SHORT);
    const answers = await Promise.all(tabs.map(client => client.fetch('/me')));
    assert.ok(answers.every(({ status }) => status === 200));
  });
});

describe('as time passes', () => {
  test('a refresh waits no less than the server said', async t => {
    const { proxy, tab, logIn } = await open(t, hasty);
    const client = tab();
    await logIn(client);
    await sleep(SHORT);
    proxy.rule = only('/auth/refresh', json(503, { error: 'temporarily_unavailable' }, { 'retry-after': '2' }));
    const { pauses } = hurry(t);
    await assert.rejects(client.fetch('/me'), { retryAfter: 2 });
    await until(() => proxy.count('/auth/refresh') > 5);
    assert.ok(pauses.length >= 4 && pauses.every(wait => wait >= 2_000), String(pauses));
  });

  test('a log-out that the server was not told waits no less than the server said', async t => {
    const { proxy, tab, logIn } = await open(t);
    const client = tab();
    await logIn(client);
    proxy.rule = () => json(503, { error: 'temporarily_unavailable' }, { 'retry-after': '20' });
    const { pauses } = hurry(t);
    await assert.rejects(client.logout(), { retryAfter: 20 });
    await until(() => proxy.count('/auth/logout') > 2);
    assert.deepEqual(pauses.slice(0, 2), [20_000, 20_000]);
  });

  test('a Retry-After that makes no sense, or is too long, is no loop', async t => {
    const cases = [];
    for (const said of [['99999999999', 3600], ['1e999', 3600], ['-5', 1], ['0', 1], ['soon', 1]]) {
      const { proxy, tab, logIn } = await open(t, hasty);
      const client = tab();
      await logIn(client);
      cases.push([proxy, client, ...said]);
    }
    await sleep(SHORT);
    for (const [proxy, client, said, understood] of cases) {
      proxy.rule = only('/auth/refresh', json(503, { error: 'temporarily_unavailable' }, { 'retry-after': said }));
      const { set } = hurry(t);
      await assert.rejects(client.fetch('/me'), { retryAfter: understood }, said);
      await sleep(30);
      assert.ok(proxy.count('/auth/refresh') <= 3, said);
      assert.ok(set.some(wait => wait >= understood * 1000), said);
      assert.ok(set.every(wait => wait >= 0 && wait < 2 ** 31), `${said}: ${set}`);
      client.close();
      t.mock.restoreAll();
    }
  });

  test('a log-out that the server was not told is tried again, less and less often', async t => {
    const { proxy, tab, record, logIn } = await open(t);
    const client = tab();
    await logIn(client);
    const { pauses } = hurry(t);
    proxy.rule = () => ({ cut: true });
    await assert.rejects(client.logout(), Unavailable);
    await until(() => pauses.at(-1) >= 16_000);
    assert.deepEqual(pauses, pauses.toSorted((one, two) => one - two));
    assert.ok(proxy.count('/auth/logout') <= 8, `${proxy.count('/auth/logout')} times in ${pauses}`);
    proxy.rule = () => undefined;
    await until(() => !record().ending);
    assert.equal(proxy.calls.at(-1).status, 204);
  });

  test('a 401 with invalid_token is repeated once, with its body', async t => {
    const { proxy, tab, logIn } = await open(t);
    const client = tab();
    await logIn(client);
    const stream = () => new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('hello'));
        controller.close();
      },
    });
    const post = { method: 'POST', body: 'hello', headers: { 'x-mine': '1' } };
    for (const [name, input, init] of [
      ['a text', '/echo', post],
      ['a Request', new Request(`${proxy.url}/echo`, post)],
      ['a stream', '/echo', { ...post, body: stream(), duplex: 'half' }],
    ]) {
      const bodies = [];
      proxy.rule = call => {
        if (call.path !== '/echo') return undefined;
        bodies.push([call.body, call.headers['x-mine'], call.headers.authorization]);
        return bodies.length === 1 ? invalidToken : json(200, {});
      };
      const token = await client.accessToken();
      passes(t, 11_000);
      const response = await client.fetch(input, init);
      assert.equal(response.status, 200, name);
      assert.deepEqual(bodies.map(([body, mine]) => [body, mine]), [['hello', '1'], ['hello', '1']], name);
      assert.notEqual(bodies[0][2], bodies[1][2], name);
      assert.equal(bodies[0][2], `Bearer ${token}`, name);
    }
  });

  test('a call that is aborted is not repeated', async t => {
    const { proxy, tab, logIn } = await open(t);
    const client = tab();
    await logIn(client);
    passes(t, 11_000);
    proxy.rule = call => (call.path === '/me' ? invalidToken : { delay: 1_000 });
    const given = new AbortController();
    const call = client.fetch('/me', { signal: given.signal });
    await until(() => proxy.count('/auth/refresh') === 1);
    given.abort();
    await assert.rejects(call, { name: 'AbortError' });
    assert.equal(proxy.calls.at(-1).status, undefined, 'the refresh is not answered yet');
    assert.equal(proxy.count('/me'), 1);
  });

  test('an API that always says invalid_token is asked twice, and not for ever', async t => {
    const { proxy, tab, logIn } = await open(t);
    const client = tab();
    await logIn(client);
    proxy.rule = only('/me', invalidToken);
    passes(t, 11_000);
    for (let i = 0; i < 5; i += 1) assert.equal((await client.fetch('/me')).status, 401);
    assert.ok(proxy.count('/auth/refresh') <= 1, `${proxy.count('/auth/refresh')} refreshes`);
    assert.ok(proxy.count('/me') <= 6);
  });

  test('a refused refresh ends the session, with the reason', async t => {
    for (const [reason, expected] of [['expired', 'expired'], ['revoked', 'revoked'], ['reused', 'reused'], ['unknown', 'unknown'], [undefined, 'unknown']]) {
      const { tab, proxy, record, logIn } = await open(t);
      const client = tab();
      await logIn(client);
      const other = tab();
      await other.ready;
      passes(t, 900_000);
      proxy.rule = only('/auth/refresh', json(401, { error: 'invalid_grant', reason }));
      await assert.rejects(client.fetch('/me'), error => error instanceof SessionEnded && error.reason === expected);
      t.mock.restoreAll();
      assert.equal(client.state().status, 'anonymous');
      assert.equal(client.state().error.reason, expected);
      assert.equal(record().refresh, undefined);
      await until(() => other.state().error?.reason === expected, 'the other tab knows why');
    }
  });

  test('a clock that is an hour off, or is set, changes nothing', async t => {
    for (const off of [3_600_000, -3_600_000]) {
      const { tab, proxy, logIn } = await open(t);
      const real = Date.now;
      t.mock.method(Date, 'now', () => real() + off);
      const client = tab();
      await logIn(client);
      assert.equal((await client.fetch('/me')).status, 200);
      assert.equal((await tab().ready).status, 'authenticated');
      assert.equal(proxy.count('/auth/refresh'), 0);
      t.mock.restoreAll(); // Somebody sets it right.
      for (let i = 0; i < 3; i += 1) assert.equal((await client.fetch('/me')).status, 200);
      assert.ok(proxy.count('/auth/refresh') <= 1, `${off}: ${proxy.count('/auth/refresh')}`);
    }
  });
});

test('without a storage, the session is in memory and nobody else’s', async t => {
  const { proxy, logIn } = await open(t);
  const [one, two] = [1, 2].map(() => createTollgate({ baseUrl: proxy.url }));
  t.after(() => [one, two].forEach(client => client.close()));
  await logIn(one);
  assert.equal((await one.fetch('/me')).status, 200);
  await assert.rejects(two.fetch('/me'), SessionEnded);
});
