// The client as it runs in a page: the refresh token in a cookie, tabs that share locks and a channel.
// Browsers themselves are tested with `cargo xtask browser`; this is what needs thousands of pages.

import assert from 'node:assert/strict';
import { after, before, describe, mock, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { InvalidRequest, SessionEnded, Unavailable } from 'tollgate-client';
import { openBrowser, openJar } from './browser.js';
import { hasty, only, openSite, passes, server, SHORT, until } from './stage.js';

const { timeout } = AbortSignal;
let browser;
before(() => {
  browser = openBrowser();
  // Whoever waits for a lock gives up ten times as soon.
  mock.method(AbortSignal, 'timeout', wait => timeout.call(AbortSignal, wait === 20_000 ? 2_000 : wait));
});
after(() => browser.close());

/** A site of its own, with its cookies, and its tabs. */
async function open(t, target = server) {
  const jar = openJar(target.url);
  const site = await openSite(t, target, { fetch: jar.fetch });
  const key = `tollgate:${site.proxy.url}`;
  return {
    ...site,
    jar,
    text: () => browser.localStorage.values.get(key),
    keep: record => browser.localStorage.values.set(key, JSON.stringify(record)),
  };
}

/** A tab that holds the lock of this site until it is woken up. */
function fallAsleep({ url }) {
  const name = `tollgate:${url}`;
  let wakeUp;
  const asleep = navigator.locks.request(name, () => new Promise(done => (wakeUp = done)));
  return { name, asleep, wakeUp };
}

describe('a page', { concurrency: true }, () => {
  test('that was never logged in asks nothing', async t => {
    const { tab, proxy } = await open(t);
    assert.equal((await tab().ready).status, 'anonymous');
    assert.equal((await tab().ready).status, 'anonymous');
    assert.equal(proxy.calls.length, 0);
  });

  test('never sees the refresh token, and is logged in after a reload', async t => {
    const { tab, close, jar, proxy, text, logIn } = await open(t);
    const seen = [];
    const spy = async (...call) => {
      const response = await jar.fetch(...call);
      seen.push(await response.clone().text());
      return response;
    };
    const page = tab({ fetch: spy });
    const user = await logIn(page);
    assert.match(jar.lastSet, /HttpOnly/);
    assert.equal((await page.fetch('/me')).status, 200);
    close(page);
    const again = tab({ fetch: spy });
    assert.deepEqual((await again.ready).user, user);
    assert.ok(!seen.join().includes('tgr1_'));
    assert.ok(!text().includes('eyJ'), 'no token is written down');
    assert.equal(text().length, 2000);
    await again.logout();
    assert.equal(jar.cookie, undefined);
    assert.equal(proxy.calls.at(-1).status, 204);
  });

  test('gets its token from another tab', async t => {
    const { tab, logIn, refreshes } = await open(t);
    await logIn(tab());
    for (let i = 0; i < 4; i += 1) assert.equal((await tab().ready).status, 'authenticated');
    assert.equal(refreshes(), 0);
  });

  test('whose cookie is gone is anonymous, and says why', async t => {
    const { tab, close, jar, logIn, refreshes } = await open(t);
    const page = tab();
    await logIn(page);
    close(page);
    jar.cookie = undefined;
    const { status, error } = await tab().ready;
    assert.equal(status, 'anonymous');
    assert.equal(error.reason, 'unknown');
    assert.equal((await tab().ready).status, 'anonymous');
    assert.equal(refreshes(), 1, 'it is asked once');
  });

  test('of another origin is refused, and told so', async t => {
    const { tab, logIn, proxy } = await open(t);
    const elsewhere = openJar('https://evil.example');
    const error = await logIn(tab({ fetch: elsewhere.fetch })).then(() => assert.fail(), error => error);
    assert.ok(error instanceof InvalidRequest);
    assert.equal(error.code, 'cross_site_request');
    assert.equal(proxy.calls.at(-1).status, 403);
  });

  test('loaded while the server is away becomes available by itself', async t => {
    const { tab, close, proxy, logIn } = await open(t);
    const page = tab();
    await logIn(page);
    close(page);
    proxy.rule = () => ({ cut: true });
    const next = tab();
    assert.equal((await next.ready).status, 'unavailable');
    assert.ok(next.state().error instanceof Unavailable);
    proxy.rule = () => undefined;
    await until(() => next.state().status === 'authenticated');
  });
});

describe('a refresh', () => {
  test('waits while a copy of the one before may still arrive', async t => {
    const { tab, close, text, keep, logIn, refreshes } = await open(t);
    const page = tab();
    await logIn(page);
    close(page);
    const late = Date.now() - 3_000;
    keep({ ...JSON.parse(text()), late });
    const next = tab();
    await sleep(1_000);
    assert.equal(refreshes(), 0);
    assert.equal(next.state().status, 'loading');
    assert.equal((await next.ready).status, 'authenticated');
    assert.ok(Date.now() - late >= 5_000);
  });

  test('whose tab was put to sleep does not stop the others, and when it wakes up they wait again', async t => {
    const { tab, close, proxy, logIn } = await open(t);
    const page = tab();
    await logIn(page);
    close(page);
    const { name, asleep, wakeUp } = fallAsleep(proxy);
    const next = tab();
    assert.equal((await next.ready).status, 'authenticated');
    wakeUp();
    await asleep;
    const order = [];
    const shortly = navigator.locks.request(name, async () => {
      await sleep(50);
      order.push('held');
    });
    await next.logout();
    order.push('logged out');
    await shortly;
    assert.deepEqual(order, ['held', 'logged out']);
  });
});

describe('a page that gave up waiting for a tab that sleeps', () => {
  test('does one thing after another, also when that tab wakes up in between', async t => {
    const { tab, close, proxy, logIn } = await open(t);
    const page = tab();
    await logIn(page);
    close(page);
    const { asleep, wakeUp } = fallAsleep(proxy);
    const next = tab();
    proxy.rule = only('/auth/refresh', { delay: 400 });
    await until(() => proxy.count('/auth/refresh') === 1);
    const order = [];
    proxy.rule = ({ path }) => void order.push(path, proxy.calls.find(({ path }) => path === '/auth/refresh').status);
    wakeUp();
    await asleep;
    await logIn(next);
    assert.deepEqual(order, ['/auth/login', 200], 'the cookie of the log-in came last');
  });

  test('is not set back by what that tab knew', async t => {
    const { proxy, text, logIn, tab } = await open(t, hasty);
    const storage = browser.localStorage;
    let thaw;
    const frozen = new Promise(done => (thaw = done));
    const sleeper = tab({
      storage,
      async fetch(url, init) {
        if (!thaw || !String(url).endsWith('/auth/refresh')) return fetch(url, init);
        await frozen;
        thaw = undefined;
        return new Response('{"error":"temporarily_unavailable"}', { status: 503, headers: { 'retry-after': '1' } });
      },
    });
    await logIn(sleeper);
    await sleep(SHORT);
    // It hears of nothing, and holds the lock.
    const deaf = t.mock.method(BroadcastChannel.prototype, 'postMessage', () => {});
    sleeper.fetch('/me').catch(() => {});
    const other = tab({ storage, fetch });
    for (let round = 0; round < 2; round += 1) {
      assert.equal((await other.fetch('/me')).status, 200);
      await sleep(SHORT);
    }
    const { n } = JSON.parse(text());
    thaw();
    await sleep(100);
    deaf.mock.restore();
    assert.ok(JSON.parse(text()).n >= n, 'the record is the newest');
    for (const client of [sleeper, other]) assert.equal((await client.fetch('/me')).status, 200);
    assert.ok(proxy.calls.every(({ status }) => status < 400));
  });
});

describe('tabs', { concurrency: true }, () => {
  test('with expired tokens make one chain, and nobody is logged out', async t => {
    const { tab, logIn, proxy, refreshes } = await open(t, hasty);
    const tabs = Array.from({ length: 5 }, () => tab());
    await logIn(tabs[0]);
    for (let round = 0; round < 3; round += 1) {
      await sleep(SHORT + 100);
      const answers = await Promise.all(tabs.map(client => client.fetch('/me')));
      assert.deepEqual(answers.map(({ status }) => status), [200, 200, 200, 200, 200]);
    }
    assert.ok(proxy.calls.every(({ status }) => status < 400));
    assert.ok(refreshes() <= 5, `${refreshes()} refreshes in six seconds`);
  });

  test('see that one logs in, out, and in as somebody else', async t => {
    const { tab, logIn } = await open(t);
    const [one, two] = [tab(), tab()];
    await Promise.all([one.ready, two.ready]);
    await logIn(one);
    await until(() => two.state().status === 'authenticated');
    assert.equal((await two.fetch('/me')).status, 200);
    await two.logout();
    await until(() => one.state().status === 'anonymous');
    await assert.rejects(one.fetch('/me'), SessionEnded);
    await logIn(two);
    await until(() => one.state().status === 'authenticated');
  });

  test('a log-out wins over another tab’s refresh', async t => {
    const { tab, logIn, proxy, jar } = await open(t, hasty);
    const [one, two] = [tab(), tab()];
    await logIn(one);
    await two.ready;
    await sleep(SHORT - 100);
    proxy.rule = only('/auth/refresh', { delay: 300 });
    const call = one.fetch('/me').catch(error => error);
    await until(() => proxy.count('/auth/refresh') > 0);
    await two.logout();
    await call;
    await sleep(200);
    assert.equal(one.state().status, 'anonymous');
    assert.equal(two.state().status, 'anonymous');
    assert.equal(jar.cookie, undefined);
    assert.equal((await tab().ready).status, 'anonymous');
  });

  test('a page from the back-forward cache sees what happened meanwhile', async t => {
    const { tab, logIn } = await open(t);
    const [asleep, awake] = [tab(), tab()];
    await logIn(asleep);
    await awake.ready;
    const { BroadcastChannel } = globalThis;
    const deaf = BroadcastChannel.prototype.postMessage;
    t.mock.method(BroadcastChannel.prototype, 'postMessage', function post(message) {
      if (message !== 'ask' && message.ending) return; // Asleep, it hears nothing.
      deaf.call(this, message);
    });
    await awake.logout();
    browser.fire('pageshow');
    await until(() => asleep.state().status === 'anonymous');
  });
});

describe('a log-out', { concurrency: true }, () => {
  test('that does not reach the server is told at the next start', async t => {
    const { tab, close, jar, proxy, logIn } = await open(t);
    const page = tab();
    await logIn(page);
    proxy.rule = () => ({ cut: true });
    await assert.rejects(page.logout(), Unavailable);
    close(page);
    proxy.rule = () => undefined;
    const from = proxy.calls.length;
    assert.equal((await tab().ready).status, 'anonymous');
    await until(() => jar.cookie === undefined);
    assert.deepEqual(proxy.calls.slice(from).map(({ path }) => path), ['/auth/logout']);
  });
});

/** A browser of its own: five tabs that are opened at once, again and again, while answers get lost. */
async function manyLoads(t, rounds) {
  const site = await open(t, hasty);
  const first = site.tab();
  await site.logIn(first);
  site.close(first);
  let answers = 0;
  let losses = 0;
  site.proxy.rule = () => {
    answers += 1;
    if (answers % 97 !== Math.floor(Math.random() * 3) + 40) return undefined;
    losses += 1;
    return { lost: true };
  };
  const stolen = [];
  let loads = 0;
  let logouts = 0;
  for (let round = 0; round < rounds; round += 1) {
    stolen.push(site.jar.cookie);
    const tabs = Array.from({ length: 5 }, () => site.tab());
    const states = await Promise.all(tabs.map(client => client.ready));
    loads += states.length;
    logouts += states.filter(({ status }) => status === 'anonymous').length;
    await Promise.all(tabs.map(client => client.fetch('/me').catch(() => {})));
    for (const client of tabs) site.close(client);
  }
  site.proxy.rule = () => undefined;
  return { ...site, stolen, loads, losses, logouts };
}

test('1,000 page loads in five tabs, one answer in a hundred lost: 0 log-outs, and the thief is found out', async t => {
  const sites = await Promise.all(Array.from({ length: 20 }, () => manyLoads(t, 10)));
  const sum = key => sites.reduce((total, site) => total + site[key], 0);
  t.diagnostic(`${sum('loads')} loads, ${sum('losses')} answers lost, ${sum('logouts')} log-outs`);
  assert.equal(sum('loads'), 1000);
  assert.equal(sum('logouts'), 0);
  for (const site of sites) {
    // The thief comes with a token of long ago, or comes first with the newest.
    const [old, owner] = [site.stolen[3], site.tab()];
    assert.equal((await owner.ready).status, 'authenticated');
    const theft = await fetch(`${site.proxy.url}/auth/refresh`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ refresh_token: old.split('=')[1] }),
    });
    assert.equal((await theft.json()).reason, 'reused');
    await sleep(1);
  }
  await sleep(SHORT);
  for (const site of sites) {
    const { error } = await site.tab().ready;
    assert.ok(error instanceof SessionEnded && ['reused', 'revoked'].includes(error.reason), error);
  }
});

describe('localStorage', () => {
  test('that is blocked costs one question, and no session', async t => {
    const { tab, close, proxy, logIn } = await open(t);
    const { localStorage } = browser;
    localStorage.mood = 'blocked';
    t.after(() => (localStorage.mood = 'well'));
    const page = tab();
    assert.equal((await page.ready).status, 'anonymous');
    assert.equal(proxy.calls.length, 1);
    await logIn(page);
    close(page);
    assert.equal((await tab().ready).status, 'authenticated');
  });

  test('that is full, before the first visit or after it, costs no session', async t => {
    const { localStorage } = browser;
    t.after(() => (localStorage.mood = 'well'));
    for (const visited of [true, false]) {
      localStorage.mood = 'well';
      const { tab, close, logIn } = await open(t);
      if (visited) await tab().ready;
      localStorage.mood = 'full';
      const page = tab();
      await logIn(page);
      close(page);
      assert.equal((await tab().ready).status, 'authenticated', visited);
    }
  });
});

test('where a browser keeps nothing, the session lasts as long as the page', async t => {
  const denied = () => {
    throw new DOMException('The request was denied.', 'SecurityError');
  };
  const storage = Object.getOwnPropertyDescriptor(globalThis, 'localStorage');
  Object.defineProperty(globalThis, 'localStorage', { get: denied, configurable: true });
  Object.defineProperty(document, 'cookie', { get: () => '', set() {}, configurable: true });
  t.mock.method(navigator.locks, 'request', async () => denied());
  t.after(() => {
    Object.defineProperty(globalThis, 'localStorage', storage);
    delete document.cookie;
  });
  const { tab, jar, proxy, logIn, refreshes } = await open(t, hasty);
  const page = tab();
  assert.equal((await page.ready).status, 'anonymous');
  assert.equal(proxy.calls.length, 0);
  await logIn(page);
  await sleep(SHORT);
  assert.equal((await page.fetch('/me')).status, 200);
  assert.ok(refreshes() >= 1);
  assert.equal(jar.cookie, undefined);
  await page.logout();
});

test('without a channel each tab refreshes once, when its own token is due', async t => {
  const { BroadcastChannel } = globalThis;
  t.after(() => (globalThis.BroadcastChannel = BroadcastChannel));
  globalThis.BroadcastChannel = function Denied() {
    throw new DOMException('The request was denied.', 'SecurityError');
  };
  const { tab, logIn, refreshes } = await open(t);
  const first = tab();
  await logIn(first);
  const tabs = [first, tab(), tab(), tab()];
  await Promise.all(tabs.map(client => client.ready));
  const before = refreshes();
  passes(t, 930_000);
  const answers = await Promise.all(tabs.map(client => client.fetch('/me')));
  for (let round = 0; round < 3; round += 1) {
    browser.fire('pageshow');
    await sleep(200);
  }
  assert.ok(answers.every(({ status }) => status === 200));
  assert.equal(refreshes() - before, 4);
});

test('a laptop that slept past the end of its token refreshes when it is looked at', async t => {
  const { tab, logIn, refreshes } = await open(t);
  const page = tab();
  await logIn(page);
  browser.show('hidden');
  passes(t, 3_600_000);
  await sleep(100);
  assert.equal(refreshes(), 0, 'not while nobody looks');
  browser.show('visible');
  await until(() => refreshes() === 1);
  assert.equal(page.state().status, 'authenticated');
});
