// The same journey wherever the client runs, and in the form that bundlers give it. What runs in a page is in the
// other files, and in `cargo xtask browser`.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import * as client from 'tollgate-client';
import { journey } from './journey.js';
import { minified } from './minified.js';
import { openReactNative } from './react-native.js';
import { startServer } from './server.js';
import { hasty, only, openSite, SHORT, until } from './stage.js';

const here = path => fileURLToPath(new URL(path, import.meta.url));

/** A server for one journey, since a wrong password hinders others. Answers of a refresh get lost until that is mended. */
async function open(t) {
  const own = await startServer({ TOLLGATE_ACCESS_TTL: '5s' }); // Four begin at once, and each hashes passwords.
  const site = await openSite(t, own);
  t.after(own.stop);
  const { proxy } = site;
  proxy.rule = ({ path }) => {
    if (path === '/mend') proxy.rule = () => undefined;
    return path === '/mend' ? { status: 204 } : only('/auth/refresh', { lost: true })({ path });
  };
  return { ...site, traveller: { baseUrl: proxy.url, ...site.credentials, life: 5_000 } };
}

/** One key for the refresh that was repeated until it was answered, one for the next; and all were welcome. */
function assertWell({ proxy, keys }) {
  assert.equal(keys().length, 2);
  assert.deepEqual(proxy.calls.filter(({ status }) => status >= 400).map(({ path }) => path), ['/auth/login']);
}

describe('the client', { concurrency: true }, () => {
  test('runs in Node', async t => {
    const site = await open(t);
    await journey(client, site.traveller);
    assertWell(site);
  });

  test('runs when it is minified, under its own names', async t => {
    const site = await open(t);
    const small = await import(`data:text/javascript,${encodeURIComponent(minified())}`);
    assert.notEqual(small.Unavailable.name, 'Unavailable', 'classes are renamed');
    await journey(small, site.traveller);
    assertWell(site);
  });

  test('runs in Deno', async t => {
    const site = await open(t);
    const deno = createRequire(import.meta.url).resolve('deno/bin.cjs');
    const options = ['--no-config', '--no-lock', '--no-remote', '--allow-net=127.0.0.1'];
    const child = spawn(process.execPath, [deno, 'run', ...options, here('deno.js')], {
      env: { ...process.env, DENO_DIR: here('../node_modules/.cache/deno'), DENO_NO_UPDATE_CHECK: '1' },
      stdio: ['pipe', 'inherit', 'inherit'],
    });
    child.stdin.end(JSON.stringify(site.traveller));
    assert.deepEqual(await once(child, 'close'), [0, null]);
    assertWell(site);
  });

  test('runs in React Native', async t => {
    const site = await open(t);
    const native = openReactNative();
    t.after(native.close);
    await journey(native.exports, site.traveller);
    assertWell(site);
  });
});

describe('in React Native', { concurrency: true }, () => {
  test('a call that is aborted does not wait for a refresh, and ends as its fetch ends it', async t => {
    const { proxy, logIn } = await openSite(t, hasty);
    const { exports, realm, close } = openReactNative();
    const client = exports.createTollgate({ baseUrl: proxy.url });
    t.after(() => {
      client.close();
      return close();
    });
    await logIn(client);
    await sleep(SHORT);
    proxy.rule = only('/auth/refresh', { delay: 1_000 });
    const given = new realm.AbortController();
    const call = client.fetch('/me', { signal: given.signal });
    await until(() => proxy.count('/auth/refresh') === 1);
    given.abort();
    await assert.rejects(call, { name: 'AbortError' });
    assert.equal(proxy.calls.at(-1).status, undefined, 'the refresh is not answered yet');
  });

  test('where no address is resolved, none leads out of the base', async t => {
    const { proxy, logIn } = await openSite(t, hasty);
    const { exports, realm, close } = openReactNative();
    t.after(close);
    let withToken;
    const client = exports.createTollgate({
      baseUrl: 'https://api.example.com/v1',
      async fetch(input, init) {
        if (!init) withToken = input.headers.has('authorization');
        return init ? realm.fetch(input.replace('https://api.example.com/v1', proxy.url), init) : new realm.Response('{}');
      },
    });
    await logIn(client);
    for (const [input, mine] of [
      ['/me', true],
      ['https://api.example.com/v1/me', true],
      ['/a..b/.c?x=/../y#/../z', true],
      ['/../other', false],
      ['/a/..', false],
      ['/..?x', false],
      ['/%2e%2E/other', false],
      ['/..\\other', false],
      ['/.\t./other', false],
      ['https://api.example.com/v1/../other', false],
      ['https://api.example.com@evil.example/v1/me', false],
      ['https://api.example.com.evil/v1/me', false],
    ]) {
      await client.fetch(input);
      assert.equal(withToken, mine, input);
    }
    client.close();
  });
});
