// A record in the storage that is damaged, or that another version of the client wrote.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openBrowser, openJar } from './browser.js';
import { openSite, server, until } from './stage.js';

let browser;
before(() => (browser = openBrowser()));
after(() => browser.close());

/** What is no record at all, or none of this mode. */
const TEXTS = [
  '', '{', 'null', '7', '"tgr1_x"', '[]', '{"refresh_token":"tgr1_x"}', '{"mode":"body"}', '{"mode":"cookie"}', '{"n":1}',
  '{"mode":"body","n":"x","session":true}', '{"mode":"body","n":1,"session":1}', '{"mode":"none","n":1,"session":1}',
];

/** What each part of a record may have become. */
const WRONG = [undefined, null, true, 'x', '', 7, -5, 1e300, [], {}, { toString: 7, valueOf: 7 }];
const PARTS = {
  n: (record, n) => ({ ...record, n }),
  session: (record, session) => ({ ...record, session }),
  refresh: (record, refresh) => ({ ...record, refresh }),
  access: (record, access) => ({ ...record, access }),
  token: (record, token) => ({ ...record, access: { ...record.access, token } }),
  'strange token': record => ({ ...record, access: { ...record.access, token: 'a\nb' } }),
  life: (record, life) => ({ ...record, access: { ...record.access, life } }),
  at: (record, at) => ({ ...record, access: { ...record.access, at } }),
  user: (record, user) => ({ ...record, access: { ...record.access, user } }),
  key: (record, key) => ({ ...record, key }),
  'long key': record => ({ ...record, key: 'k'.repeat(256), access: undefined }),
  'strange key': record => ({ ...record, key: 'kéy', access: undefined }),
  sent: (record, sent) => ({ ...record, key: 'k'.repeat(30), sent, access: undefined }),
  late: (record, late) => ({ ...record, late, access: undefined }),
  ending: (record, ending) => ({ mode: record.mode, n: record.n, ending }),
  reason: (record, reason) => ({ mode: record.mode, n: record.n, reason }),
};

/** All that may have become of a good record, each with a name. */
const damaged = record => [
  ...TEXTS.map(text => [`a text, ${text}`, text]),
  ...Object.entries(PARTS).flatMap(([part, damage]) =>
    WRONG.map(value => [`${part}: ${JSON.stringify(value)}`, JSON.stringify(damage(record, value))]),
  ),
];

for (const mode of ['storage', 'cookie']) {
  test(`a page in ${mode} mode makes up its mind about every damaged record`, async t => {
    const jar = openJar(server.url);
    const { localStorage } = browser;
    const { tab, close, proxy, logIn } = await openSite(t, server, {
      fetch: jar.fetch,
      storage: mode === 'storage' ? localStorage : undefined,
    });
    const key = `tollgate:${proxy.url}`;
    const startWith = text => {
      localStorage.setItem(key, text);
      return tab();
    };
    const first = tab();
    await logIn(first);
    close(first);
    const good = JSON.parse(localStorage.getItem(key));

    const waits = [];
    t.mock.method(globalThis, 'setTimeout', (real => (work, wait, ...values) => {
      waits.push(wait);
      return real(work, wait, ...values);
    })(setTimeout));
    const reads = t.mock.method(localStorage, 'getItem').mock;
    for (const [name, text] of damaged(good)) {
      const calls = proxy.calls.length;
      reads.resetCalls();
      waits.length = 0;
      const page = startWith(text);
      await until(() => page.state().status !== 'loading', name);
      const { status, user } = page.state();
      assert.ok(['anonymous', 'authenticated'].includes(status), `${name}: ${status}`);
      assert.equal(Boolean(user?.email && user.scope), status === 'authenticated', name);
      const answer = await page.fetch('/me').then(({ status }) => status, error => error.name);
      // A wrong token looks like a right one; it is replaced when it is ten seconds old.
      if (!name.startsWith('token')) assert.equal(answer, page.user() ? 200 : 'SessionEnded', name);
      await sleep(10);
      assert.ok(reads.callCount() < 20 && proxy.calls.length - calls <= 3, `${name}: a loop`);
      assert.ok(waits.every(wait => wait >= 0 && wait < 2 ** 31), `${name}: waits ${waits}`);
      close(page);
    }
    const page = startWith(TEXTS[0]);
    await logIn(page);
    assert.equal((await page.fetch('/me')).status, 200);
  });
}

test('what another version tells its tabs is not believed', async t => {
  const jar = openJar(server.url);
  const { tab, proxy, logIn } = await openSite(t, server, { fetch: jar.fetch });
  const page = tab();
  await logIn(page);
  const channel = new BroadcastChannel(`tollgate:${proxy.url}`);
  t.after(() => channel.close());
  for (const record of [null, 'x', {}, { n: 1e300, session: 1 }, { n: 1e9, reason: {} }, { n: 1e9, session: true }, { n: 1e9, key: WRONG.at(-1) }]) {
    channel.postMessage(record && { mode: 'cookie', ...record });
  }
  await sleep(100);
  assert.equal(page.state().status, 'authenticated');
  assert.equal((await page.fetch('/me')).status, 200);
});
