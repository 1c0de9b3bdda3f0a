// Types and promises are in index.d.ts, the reasons in README.md. All times are milliseconds.

const GRACE = 10_000; // A younger token is not refreshed.
const TIMEOUT = 8_000;
const UNDER_WAY = 15_000; // A request without an answer may arrive for so long.
const LEASE = 20_000; // Whoever holds the lock longer was put to sleep.

export class TollgateError extends Error {
  constructor(code, message, fields) {
    super(message);
    Object.assign(this, fields, { code, name: new.target.name });
  }
}
export class InvalidCredentials extends TollgateError {}
export class TooManyAttempts extends TollgateError {}
export class SessionEnded extends TollgateError {}
export class Unavailable extends TollgateError {}
export class InvalidRequest extends TollgateError {}

// Any other answer comes from something in between.
const REFUSALS = new Map([
  ['invalid_credentials', InvalidCredentials],
  ['too_many_attempts', TooManyAttempts],
  ['invalid_request', InvalidRequest],
  ['cross_site_request', InvalidRequest],
]);

const ended = (reason = 'logged_out') =>
  new SessionEnded('session_ended', `There is no session (${reason}). Log in.`, { reason });

const unavailable = (why, fields) =>
  new Unavailable('unavailable', `Tollgate cannot be reached: ${why}. Try again later.`, fields);

const sleep = wait => new Promise(done => setTimeout(done, wait));

const random = () =>
  globalThis.crypto?.getRandomValues(new Uint8Array(16)).join('-') ?? `${Math.random()}${Math.random()}`;

// Not verified: nothing is decided by it.
function userOf(token) {
  const { sub, email, scope } = JSON.parse(atob(token.split('.')[1].replace(/-/g, '+').replace(/_/g, '/')));
  return { id: sub, email, scope: scope.split(' ').filter(Boolean) };
}

export function createTollgate({ baseUrl = '', storage, fetch: send = (...call) => globalThis.fetch(...call) } = {}) {
  const page = globalThis.document;
  const { cookieEnabled, locks } = page ? navigator : {};
  const cookie = !storage && page && cookieEnabled !== false;
  const version = cookie ? 1 : 2;
  const prefix = baseUrl.replace(/\/+$/, '');
  const url = path => new URL(prefix + path, globalThis.location?.href);
  const name = `tollgate:${page ? url('/') : prefix}`;
  const events = ['online', 'pageshow', 'visibilitychange', 'storage'];
  const listeners = new Set();
  const refused = new Map(); // by the storage, and kept here
  let state = { status: 'loading', user: null };
  let queue = Promise.resolve();
  let failures = 0;
  let known; // the record
  let access; // its access token
  let mine, shown, settled, renewing, timer, channel, heard, closed;
  const ready = new Promise(done => (settled = done));

  try {
    if (cookie) storage = localStorage;
  } catch {}

  async function get(key) {
    try {
      return refused.get(key) ?? (await storage.getItem(key));
    } catch {}
  }

  async function set(key, value) {
    refused.delete(key);
    try {
      await (value ? storage.setItem(key, value) : storage.removeItem(key));
    } catch {
      if (!value) return;
      await set(key); // What is there is out of date.
      refused.set(key, value);
    }
  }

  async function read() {
    const text = await get(name);
    try {
      const record = JSON.parse(text);
      if (record.v === version && record.n >= 0) return record;
    } catch {}
    if (text) await set(name);
    if (!cookie && known?.session) return { n: known.n + 1 }; // Somebody removed it.
    if (cookie && !known) {
      await write({ n: 0 });
      // Without storage nobody knows whether there is a session, so the server is asked.
      if (refused.has(name)) await write({ n: 0, session: true });
    }
    return known ?? { n: 0 };
  }

  // Always as long, so that full storage takes every update.
  const write = record => set(name, JSON.stringify((known = { v: version, ...record })).padEnd(300));

  // Of two clocks the one that went further: one stands still in sleep, the other may be set.
  const age = () => Math.max(Date.now() - access.at, performance.now() - access.start);
  const due = () => Math.max(access.life - 60_000, access.life * 0.9);
  const fresh = stale => access && access.token !== stale && age() < due();

  // Takes up what the record says, and a token that came with it.
  function look(record, token = record.access) {
    if (record.n < known?.n) return;
    known = record;
    if (record.session && record.n === access?.n) return;
    access = undefined;
    if (!record.session) return enter('anonymous', record.reason && ended(record.reason));
    if (!token) return;
    const gone = Date.now() - token.at;
    access = { ...token, n: record.n, start: performance.now() - (gone < 0 ? token.life : gone) };
    if (fresh()) enter('authenticated');
    heard?.();
  }

  function enter(status, error) {
    const user = access?.user ?? (status === 'anonymous' ? null : state.user);
    const text = JSON.stringify([status, user, error?.message]);
    if (shown !== text) {
      shown = text;
      state = { status, user, error };
      for (const listener of listeners) queueMicrotask(() => listener(state));
    }
    if (!error) failures = 0;
    settled(state);
    plan();
  }

  // What did not succeed is tried again; a visible page refreshes ahead of time.
  function plan() {
    clearTimeout(timer);
    const unfinished = known?.ending || (known?.session && !fresh());
    if (closed || !(unfinished || (page && access))) return;
    const pause = Math.max(state.error?.retryAfter ?? 0, Math.min(60, 2 ** failures)) * (500 + Math.random() * 500);
    timer = setTimeout(wake, unfinished ? pause : due() - age(), {});
    timer.unref?.();
  }

  // Brings page, record and server into line.
  async function settle() {
    try {
      look(await read());
      if (known.ending) await exclusively(finish);
      else if (known.session && !fresh()) await renew();
    } catch {
      failures++; // The state says it.
      plan();
    }
  }

  const wake = ({ type }) => (channel && type === 'storage') || page?.visibilityState === 'hidden' || settle();

  // Without cookies, tokens are for whoever has the storage.
  const tell = () => channel?.postMessage(cookie ? { record: known, access } : {});

  const hear = () => new Promise(done => {
    heard = done;
    channel?.postMessage('ask');
    setTimeout(done, channel ? 150 : 0);
  });

  // One at a time: in this page in order, and among all tabs if there are locks.
  const exclusively = work => (queue = queue.catch(() => {}).then(async () => {
    const start = async () => (look(await read()), work());
    if (!locks) return start();
    const signal = AbortSignal.timeout?.(LEASE);
    return locks.request(name, { signal }, start).catch(error => {
      if (error === signal?.reason) return locks.request(name, { steal: true }, start);
      throw error;
    });
  }));

  // What is to be written down, and the token.
  async function call(path, body, key) {
    const at = Date.now();
    let response, answer;
    try {
      response = await send(url(`/auth/${path}`).href, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(key && { 'idempotency-key': key }) },
        body: JSON.stringify({ ...body, mode: cookie ? 'cookie' : undefined }),
        credentials: cookie ? 'include' : 'same-origin',
        redirect: 'error', // Neither password nor token goes anywhere else.
        signal: AbortSignal.timeout?.(TIMEOUT),
      });
      if (response.ok && path === 'logout') return [{}];
      answer = await response.json();
      const { access_token, expires_in, refresh_token: refresh, error, reason } = answer;
      if (response.status === 401 && error === 'invalid_grant') return [{ reason: reason ?? 'unknown' }];
      const token = { token: access_token, life: expires_in * 1000, at, user: userOf(access_token) };
      if (token.life > 0 && (cookie || refresh)) {
        return [cookie ? { session: true } : { session: true, refresh, access: token }, token];
      }
    } catch (cause) {
      if (!response) throw unavailable('no answer', { cause });
    }
    const { error, error_description: why } = answer ?? {};
    const Refusal = REFUSALS.get(error);
    const retryAfter = Number(response.headers.get('retry-after')) || (Refusal === TooManyAttempts ? 60 : undefined);
    const fields = retryAfter && { retryAfter, retryAt: new Date(Date.now() + retryAfter * 1000) };
    throw Refusal ? new Refusal(error, why, fields) : unavailable(`status ${response.status}`, fields);
  }

  // Writes down what came of a request, unless the session ended or began anew meanwhile.
  async function conclude(n, [record, token]) {
    look(await read());
    if (known.n !== n) return;
    record.n = n + 1;
    await write(record);
    look(record, token);
    tell();
    return record.session;
  }

  // Gives how long to wait, unless the token was refreshed.
  async function rotate(stale) {
    if (cookie && known.session && !access) await hear();
    if (!known.session) throw ended(known.reason);
    if (fresh(stale) || (access && age() < Math.min(GRACE, access.life))) return;
    const { n, refresh, key = random() } = known;
    const late = known.key ? known.sent : known.late;
    const wait = late + UNDER_WAY - Date.now();
    if (!known.key && wait > 0 && wait <= UNDER_WAY) return wait;
    if (!locks) {
      // Storage cannot compare and set. So whose key stays for a moment asks; the others wait for it.
      if (known.key && known.key !== mine && Date.now() - known.sent < 2_000) return 100;
      await write({ ...known, key, late, sent: Date.now() });
      await sleep(20);
      look(await read());
      if (known.key !== key) return 100;
      mine = key;
    } else
    await write({ ...known, key, late, sent: Date.now() });
    const [record, token] = await call('refresh', { refresh_token: refresh }, key);
    return (await conclude(n, [{ ...record, late }, token])) ? 0 : 1;
  }

  const renew = stale => (renewing ??= attempt(stale).finally(() => (renewing = undefined)));

  async function attempt(stale) {
    for (let tries = 1; ; tries++) {
      let wait;
      try {
        wait = await exclusively(() => rotate(stale));
        if (!wait) return enter('authenticated');
      } catch (error) {
        if (error instanceof SessionEnded) throw error;
        wait = (error.retryAfter ?? tries) * (500 + Math.random() * 500);
        if (tries > 2 || wait > 3000) {
          enter(state.status === 'authenticated' ? 'authenticated' : 'unavailable', error);
          throw error;
        }
      }
      await sleep(wait);
    }
  }

  // Refreshing ahead of time may fail.
  async function current(stale) {
    await ready;
    await (fresh(stale) || renew(stale).catch(error => {
      if (error instanceof SessionEnded || !access || access.token === stale || age() > access.life) throw error;
    }));
    if (!access) throw ended(known.reason);
    return access;
  }

  async function finish() {
    const { n, refresh, ending } = known;
    if (ending) await conclude(n, cookie || refresh ? await call('logout', { refresh_token: refresh }) : [{}]);
  }

  if (storage && globalThis.BroadcastChannel) {
    channel = new BroadcastChannel(name);
    channel.unref?.();
    channel.onmessage = ({ data }) => {
      if (data === 'ask') return fresh() && tell();
      if (cookie) look(data.record, data.access);
      settle();
    };
  }
  for (const type of events) globalThis.addEventListener?.(type, wake);
  settle();

  return {
    ready,
    user: () => state.user,
    state: () => state,

    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },

    login: ({ email, password }) => exclusively(async () => {
      await finish().catch(() => {});
      const { n } = known;
      if (!(await conclude(n, await call('login', { email, password })))) throw ended();
      enter('authenticated');
      return state.user;
    }),

    async logout() {
      access = undefined;
      enter('anonymous');
      if (!known) look(await read());
      const mark = { n: known.n + 1, ending: true, refresh: known.refresh };
      const written = write(mark);
      look(mark);
      tell();
      await exclusively(async () => {
        await written;
        // A refresh that was answered at the same moment may have written over it.
        if (known.n === mark.n) await write(mark);
        await finish();
      });
    },

    async fetch(input, init) {
      const request = new Request(input[0] === '/' ? url(input) : input, init);
      const { origin, pathname } = new URL(request.url);
      if (origin !== url('/').origin || !`${pathname}/`.startsWith(url('/').pathname)) return send(request);
      const again = request.clone();
      const go = (request, { token }) => {
        request.headers.set('authorization', `Bearer ${token}`);
        return send(request);
      };
      const first = await current();
      const response = await go(request, first);
      // A page of another origin may not be shown the header, but it sees the body.
      const said = () => response.headers.get('www-authenticate') ?? response.clone().text();
      if (response.status !== 401 || !/error"?[=:] *"invalid_token"/.test(await said())) return response;
      const second = await current(first.token);
      // What one user asked for is not asked for as another.
      return second.token === first.token || second.user.id !== first.user.id ? response : go(again, second);
    },

    accessToken: async () => (await current()).token,

    async refresh() {
      await ready;
      await renew(access?.token);
    },

    close() {
      closed = true;
      clearTimeout(timer);
      listeners.clear();
      for (const type of events) globalThis.removeEventListener?.(type, wake);
      channel?.close();
    },
  };
}
