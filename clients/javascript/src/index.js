// Types and promises: index.d.ts. Why no race ends a session: README.md. Times are milliseconds.

const GRACE = 10_000;
const TIMEOUT = 8_000;
const UNDER_WAY = 15_000; // A request that got no answer may still arrive.
const LEASE = 20_000; // Who holds the lock longer was put to sleep.

export class TollgateError extends Error {
  constructor(code, message, fields) {
    super(message);
    Object.assign(this, fields, { code, name: new.target.name });
  }
}
export class InvalidCredentials extends TollgateError {}
export class TooManyAttempts extends TollgateError {}
export class InvalidRequest extends TollgateError {}
export class SessionEnded extends TollgateError {
  constructor(reason = 'logged_out') {
    super('session_ended', `There is no session (${reason}). Log in.`, { reason });
  }
}
export class Unavailable extends TollgateError {
  constructor(why, fields) {
    super('unavailable', `Tollgate is unavailable (${why}). Try again later.`, fields);
  }
}

// What Tollgate does not say comes from something in between.
const REFUSALS = {
  __proto__: null,
  invalid_credentials: InvalidCredentials,
  too_many_attempts: TooManyAttempts,
  invalid_request: InvalidRequest,
  cross_site_request: InvalidRequest,
};

const sleep = wait => new Promise(done => setTimeout(done, wait));

const jitter = seconds => seconds * (500 + Math.random() * 500);

const random = () =>
  globalThis.crypto?.getRandomValues(new Uint8Array(16)).join() ?? [1, 2, 3].map(Math.random).join();

// Not verified: nothing is decided by it.
function userOf(token) {
  const { sub, email, scope } = JSON.parse(atob(token.split('.')[1].replace(/-/g, '+').replace(/_/g, '/')));
  return { id: sub, email, scope: scope.split(' ').filter(Boolean) };
}

export function createTollgate({ baseUrl = '', storage, fetch: send = (...call) => globalThis.fetch(...call) } = {}) {
  const page = globalThis.document;
  const { cookieEnabled, locks } = page ? navigator : {};
  const cookie = !storage && !!page && cookieEnabled !== false;
  const mode = cookie ? 'cookie' : 'body';
  const prefix = baseUrl.replace(/\/+$/, '');
  const url = path => new URL(prefix + path, globalThis.location?.href);
  const name = `tollgate:${prefix}`;
  try {
    if (cookie) storage = localStorage;
  } catch {}
  const channel = storage && globalThis.BroadcastChannel && new BroadcastChannel(name);
  const events = ['online', 'pageshow', 'visibilitychange', ...(channel ? [] : ['storage'])];

  const listeners = new Set();
  let state = { status: 'loading', user: null };
  let known = { n: -1 }; // the record
  let access; // its access token
  let queue = Promise.resolve();
  let failures = 0;
  let closed, mine, refused, renewing, settled, shown, timer;
  const ready = new Promise(done => (settled = done));

  async function read() {
    try {
      const record = refused ? known : JSON.parse(await storage.getItem(name));
      if (record?.mode === mode && record.n >= 0) return record;
    } catch {
      if (known.n >= 0) return known;
    }
    if (known.n >= 0 && (cookie || !known.session)) return known;
    await write({ n: known.n + 1 });
    // Without storage only the server knows whether there is a session.
    if (cookie && refused) await write({ n: 0, session: true });
    return known;
  }

  async function write(record) {
    known = { mode, ...record };
    refused = false;
    try {
      // All of one length, so that full storage takes every update.
      await storage.setItem(name, JSON.stringify({ ...known, access: cookie ? undefined : known.access }).padEnd(300));
    } catch {
      refused = true;
      try {
        await storage.removeItem(name); // It is out of date.
      } catch {}
    }
  }

  // One clock stands still in sleep, the other may be set: what went further is right.
  const age = () => Math.max(Date.now() - access.at, performance.now() - access.start);
  const left = () => Math.max(access.life - 60_000, access.life * 0.9) - age();
  const fresh = stale => access && access.token !== stale && left() > 0;

  // Takes up what a record says.
  function look(record) {
    if (record.n < known.n) return;
    known = record;
    if (record.session && record.n === access?.n) return;
    access = undefined;
    if (!record.session) return enter('anonymous', record.reason && new SessionEnded(record.reason));
    const token = record.access;
    if (!token) return;
    access = { ...token, n: record.n, start: performance.now() - Math.abs(Date.now() - token.at) };
    if (fresh()) enter('authenticated');
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

  // What failed is tried again. A visible page refreshes ahead of time.
  function plan() {
    clearTimeout(timer);
    const unfinished = known.ending || (known.session && !fresh());
    if (closed || !(unfinished || (page && access))) return;
    const pause = jitter(Math.max(state.error?.retryAfter ?? 0, Math.min(60, 2 ** failures)));
    timer = setTimeout(wake, unfinished ? pause : left());
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

  const wake = () => page?.visibilityState === 'hidden' || settle();

  // Without cookies, tokens are for whoever has the storage.
  const tell = () => channel?.postMessage(cookie ? { ...known, access } : {});

  async function hear() {
    channel?.postMessage('ask');
    for (const start = Date.now(); !access && Date.now() - start < 150; ) await sleep(10);
  }

  // One at a time: in this page in order, and among all tabs if there are locks.
  function exclusively(work) {
    const start = async () => (look(await read()), work());
    if (!locks) return (queue = queue.catch(() => {}).then(start));
    const signal = AbortSignal.timeout?.(LEASE);
    return locks.request(name, { signal }, start).catch(error => {
      if (error !== signal?.reason) throw error;
      return locks.request(name, { steal: true }, start);
    });
  }

  // Gives the next record.
  async function call(path, body, key) {
    const at = Date.now();
    let response, answer;
    try {
      response = await send(url(`/auth/${path}`).href, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(key && { 'idempotency-key': key }) },
        body: JSON.stringify({ ...body, mode }),
        credentials: cookie ? 'include' : 'same-origin',
        redirect: 'error', // Neither password nor token goes anywhere else.
        signal: AbortSignal.timeout?.(TIMEOUT),
      });
      if (response.ok && path === 'logout') return {};
      answer = await response.json();
      const { access_token, expires_in, refresh_token: refresh, error, reason } = answer;
      if (response.status === 401 && error === 'invalid_grant') return { reason: reason ?? 'unknown' };
      const access = { token: access_token, life: expires_in * 1000, at, user: userOf(access_token) };
      if (access.life > 0 && cookie === !refresh) return { session: true, refresh, access };
    } catch (cause) {
      if (!response) throw new Unavailable('no answer', { cause });
    }
    const Refusal = REFUSALS[answer?.error];
    const retryAfter = Number(response.headers.get('retry-after')) || (Refusal === TooManyAttempts ? 60 : undefined);
    const fields = retryAfter && { retryAfter, retryAt: new Date(Date.now() + retryAfter * 1000) };
    throw Refusal ? new Refusal(answer.error, answer.error_description, fields) : new Unavailable(`status ${response.status}`, fields);
  }

  // Writes down what came of a request, unless the session ended or began anew meanwhile.
  async function conclude(n, record) {
    look(await read());
    if (known.n !== n) return;
    const next = { ...record, n: n + 1 };
    await write(next);
    look(next);
    tell();
    return record.session;
  }

  // Gives how long to wait, unless the token was refreshed.
  async function rotate(stale) {
    if (cookie && known.session && !access) await hear();
    if (!known.session) throw new SessionEnded(known.reason);
    if (fresh(stale) || (access && age() < Math.min(GRACE, access.life))) return;
    const { n, refresh, sent, key = random() } = known;
    const late = known.key ? sent : known.late;
    const wait = late + UNDER_WAY - Date.now();
    if (!known.key && wait > 0 && wait <= UNDER_WAY) return wait;
    // Without locks, whose key stays for a moment asks, and the others wait.
    if (!locks && known.key && key !== mine && Date.now() - sent < 2_000) return 100;
    mine = key;
    await write({ ...known, key, late, sent: Date.now() });
    if (!locks) {
      await sleep(20);
      look(await read());
      if (known.key !== key) return 100;
    }
    const record = await call('refresh', { refresh_token: refresh }, key);
    return (await conclude(n, { ...record, late })) ? 0 : 1;
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
        wait = jitter(error.retryAfter ?? tries);
        if (tries > 2 || wait > 3000) {
          enter(state.status === 'loading' ? 'unavailable' : state.status, error);
          throw error;
        }
      }
      await sleep(wait);
    }
  }

  async function current(stale) {
    await ready;
    if (!fresh(stale)) {
      await renew(stale).catch(error => {
        if (!access || age() > access.life) throw error;
      });
    }
    if (!access) throw new SessionEnded(known.reason);
    return access;
  }

  async function finish() {
    const { n, ending } = known;
    if (ending) await conclude(n, await call('logout', cookie ? {} : { refresh_token: ending }));
  }

  channel?.unref?.();
  channel?.addEventListener('message', ({ data }) => {
    if (data === 'ask') return fresh() && tell();
    if (cookie) look(data);
    settle();
  });
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
      if (!(await conclude(n, await call('login', { email, password })))) throw new SessionEnded();
      enter('authenticated');
      return state.user;
    }),

    async logout() {
      if (known.n < 0) look(await read());
      const mark = { n: known.n + 1, ending: cookie || (known.refresh ?? known.ending) };
      look(mark);
      await write(mark);
      tell();
      await exclusively(async () => {
        // A refresh that was answered at the same moment may have written over it.
        if (known.n === mark.n) await write(mark);
        await finish();
      });
    },

    async fetch(input, init) {
      const request = new Request(input[0] === '/' ? url(input) : input, init);
      if (!request.url.startsWith(url('/'))) return send(request);
      const again = request.clone();
      const go = (request, { token }) => {
        request.headers.set('authorization', `Bearer ${token}`);
        return send(request);
      };
      const first = await current();
      const response = await go(request, first);
      // A page of another origin may not be shown the header, but it sees the body.
      const why = response.status === 401 && (response.headers.get('www-authenticate') ?? (await response.clone().text()));
      if (!/error"?[=:] *"invalid_token"/.test(why)) return response;
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
