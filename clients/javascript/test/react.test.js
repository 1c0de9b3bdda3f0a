// The React binding, rendered on a server and in a page, with the real server behind it.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Window } from 'happy-dom';
import { MemoryStorage } from './browser.js';
import { server, until } from './stage.js';

const window = new Window({ url: 'http://localhost/' });
Object.assign(globalThis, { window, document: window.document, IS_REACT_ACT_ENVIRONMENT: true });
Object.defineProperty(globalThis, 'navigator', { value: window.navigator, configurable: true });

const { act, createElement: h, StrictMode, useEffect } = await import('react');
const { createRoot } = await import('react-dom/client');
const { renderToString } = await import('react-dom/server');
const { AuthProvider, Protected, useAuth } = await import('tollgate-client/react');
const { createTollgate } = await import('tollgate-client');

after(() => window.happyDOM.close());

let auth; // as the page below has it
function Page() {
  auth = useAuth();
  return h(Protected, { fallback: 'log in', loading: 'wait' }, `hello ${auth.user?.email}`);
}

async function render(t, element) {
  const place = document.body.appendChild(document.createElement('div'));
  const root = createRoot(place);
  place.unmount = () => act(() => root.unmount());
  t.after(place.unmount);
  await act(() => root.render(element));
  return place;
}

async function shows(place, text) {
  for (let left = 200; place.textContent !== text; left -= 1) {
    assert.ok(left, `${place.textContent} instead of ${text}`);
    await act(() => sleep(20));
  }
}

test('a server renders what loads, and makes no client', () => {
  const fail = () => assert.fail('a request while rendering');
  const storage = { getItem: fail, setItem: fail, removeItem: fail };
  assert.equal(renderToString(h(AuthProvider, { baseUrl: server.url, storage }, h(Page))), 'wait');
});

for (const [name, wrap] of [['', element => element], [', also when React does everything twice', element => h(StrictMode, null, element)]]) {
  test(`a page logs in, calls and logs out${name}`, async t => {
    const storage = new MemoryStorage();
    const place = await render(t, wrap(h(AuthProvider, { baseUrl: server.url, storage }, h(Page))));
    await shows(place, 'log in');
    const { login, fetch } = auth;
    await act(() => login(server));
    await shows(place, `hello ${server.email}`);
    assert.equal(auth.login, login, 'the functions stay the same');
    assert.equal((await fetch('/me')).status, 200);
    await act(() => auth.logout());
    await shows(place, 'log in');
    await assert.rejects(auth.login({ email: server.email, password: 'wrong' }), { code: 'invalid_credentials' });
  });
}

test('a client that is given is used, and not closed', async t => {
  const client = createTollgate({ baseUrl: server.url, storage: new MemoryStorage() });
  t.after(() => client.close());
  await client.login(server);
  const place = await render(t, h(AuthProvider, { client }, h(Page)));
  await shows(place, `hello ${server.email}`);
  await place.unmount();
  assert.equal((await client.fetch('/me')).status, 200);
});

test('a call that ends, or begins, after its provider went is well, and leaves nothing behind', async t => {
  const storage = new MemoryStorage();
  const other = createTollgate({ baseUrl: server.url, storage });
  t.after(() => other.close());
  const place = await render(t, h(AuthProvider, { baseUrl: server.url, storage }, h(Page)));
  await shows(place, 'log in');
  const { login, fetch, logout } = auth;
  const going = login(server);
  await place.unmount();
  await going;
  await until(() => other.user(), 'the other page is told of the log-in');
  assert.equal((await fetch('/me')).status, 200);

  // Whoever is still there reads the storage when somebody tells of a change.
  other.close();
  const reads = t.mock.method(storage, 'getItem').mock;
  const channel = new BroadcastChannel(`tollgate:${server.url}`);
  t.after(() => channel.close());
  channel.postMessage({});
  await sleep(100);
  assert.equal(reads.callCount(), 0);
  await logout();
});

test('a component may call when it is mounted', async t => {
  const storage = new MemoryStorage();
  const before = createTollgate({ baseUrl: server.url, storage });
  await before.login(server);
  before.close();
  let answer;
  function Eager() {
    const { fetch } = useAuth();
    useEffect(() => {
      answer = fetch('/me');
    }, [fetch]);
    return null;
  }
  await render(t, h(AuthProvider, { baseUrl: server.url, storage }, h(Eager)));
  assert.equal((await answer).status, 200);
});

test('a page whose server is away shows that, and no log-in', async t => {
  const storage = new MemoryStorage();
  const before = createTollgate({ baseUrl: server.url, storage });
  await before.login(server);
  before.close();
  const key = `tollgate:${server.url}`;
  const record = JSON.parse(storage.getItem(key));
  storage.setItem(key, JSON.stringify({ ...record, access: { ...record.access, at: 0 } }));
  const client = createTollgate({ baseUrl: server.url, storage, fetch: () => Promise.reject(new TypeError('away')) });
  t.after(() => client.close());
  const page = h(Protected, { fallback: 'log in', loading: 'wait', unavailable: 'away' }, 'secret');
  const place = await render(t, h(AuthProvider, { client }, page));
  assert.equal(place.textContent, 'wait');
  await shows(place, 'away');
});

test('without a provider it says what to do', () => {
  assert.throws(() => renderToString(h(Page)), /Put one around/);
});
