// The types, and what each call promises: index.d.ts. Why it is so, function by function: README.md,
// "How a session is kept". All times are milliseconds.

const GRACE = 10_000; // A token is not refreshed while it is younger.
const UNDER_WAY = 5_000; // A request that got no answer may arrive for so long.
const TIMEOUT = 8_000; // For each request to the server.
const PATIENCE = 20_000; // With whoever holds the lock. Longer, and it is a tab that was put to sleep.

export class TollgateError extends Error {
  constructor(code, message, fields) {
    super(message);
    Object.assign(this, fields, { code });
  }
}
// Names are written out, since minifiers rename classes.
export class InvalidCredentials extends TollgateError {
  get name() { return 'InvalidCredentials'; }
}
export class TooManyAttempts extends TollgateError {
  get name() { return 'TooManyAttempts'; }
}
export class InvalidRequest extends TollgateError {
  get name() { return 'InvalidRequest'; }
}
export class SessionEnded extends TollgateError {
  get name() { return 'SessionEnded'; }
  constructor(reason = 'logged_out') {
    super('session_ended', `There is no session (${reason}). Log in.`, { reason });
  }
}
export class Unavailable extends TollgateError {
  get name() { return 'Unavailable'; }
  constructor(why, fields) {
    super('unavailable', `Tollgate is unavailable (${why}). Try again later.`, fields);
  }
}

// What leads out of a path. A standard URL has it no more; React Native leaves it to whoever sends the request.
const DOTS = /^[^?#]*([/\\](\.|%2e){1,2}([/\\?#]|$)|\s)/i;

// What else is answered comes from something in between, and says nothing about a session.
const REFUSALS = {
  __proto__: null,
  invalid_credentials: InvalidCredentials,
  too_many_attempts: TooManyAttempts,
  invalid_request: InvalidRequest,
  cross_site_request: InvalidRequest,
};

const sleep = wait => new Promise(done => setTimeout(done, wait));

// Never less than the server said.
const jitter = seconds => seconds * (1000 + Math.random() * 500);

const random = () =>
  globalThis.crypto?.getRandomValues(new Uint8Array(16)).join() ?? [1, 2, 3].map(Math.random).join();

const like = (value, example) =>
  value?.constructor === example.constructor && Object.keys(example).every(part => like(value[part], example[part]));

// Whose a token is. It is not verified here: nothing is decided by it.
function userOf(token) {
  const { sub, email, scope } = JSON.parse(atob(token.split('.')[1].replace(/-/g, '+').replace(/_/g, '/')));
  return { id: sub, email, scope: scope.split(' ').filter(Boolean) };
}

// Some browsers keep no cookies and do not say so.
function keepsCookies() {
  try {
    document.cookie = 'tollgate=1; SameSite=Strict';
    const kept = document.cookie.includes('tollgate=1');
    document.cookie = 'tollgate=; Max-Age=0';
    return kept;
  } catch {}
}

export function createTollgate({ baseUrl = '', storage, fetch: send = (...call) => fetch(...call) } = {}) {
  const page = globalThis.document;
  const { cookieEnabled, locks } = page ? navigator : {};
  let cookie = !storage && !!page && cookieEnabled !== false;
  try {
    if (cookie) storage = localStorage;
  } catch {
    cookie = !!keepsCookies();
  }
  const mode = cookie ? 'cookie' : 'body';
  const prefix = baseUrl.replace(/\/+$/, '');
  // As text where that will do: URLs of React Native are not those of the standard.
  const url = path => (prefix.includes(':') ? prefix + path : new URL(prefix + path, location.href).href);
  const name = `tollgate:${prefix}`;
  let channel;
  try {
    channel = storage && new BroadcastChannel(name);
  } catch {} // Missing, or denied.

  const end = new AbortController();
  const listeners = new Set();
  let state = { status: 'loading', user: null };
  // What all tabs share, as it was last read, written or told. It is one value, so that it changes all at once.
  let known = { n: -1 };
  // What its parts look like. All but n may be missing.
  const EXAMPLE = {
    n: 0, // Raised whenever a session begins, goes on or ends.
    session: 0, // The n with which it began; its tokens are in refresh and access, or in a cookie and in memory.
    refresh: '',
    access: { token: '', life: 0, at: 0, user: { id: '', email: '', scope: [] } },
    key: '', // The Idempotency-Key of a refresh that is not answered yet,
    sent: 0, // and when it last went out.
    late: 0, // When a copy of an answered refresh went out that may still be under way.
    ending: cookie || '', // Logged out, and the server does not know it yet: true, or the refresh token.
    reason: '', // Why the server ended it.
  };
  let access; // The access token that belongs to it.
  let queue = Promise.resolve();
  let failures = 0;
  let patience = PATIENCE;
  let mine, refused, renewing, settled, shown, timer;
  const ready = new Promise(done => (settled = done));

  // What is damaged, or of another version, says nothing.
  const sound = record =>
    record?.mode === mode &&
    record.n >= 0 &&
    record.n < 1e15 &&
    (!record.session || cookie === (record.refresh === undefined)) &&
    Object.keys(EXAMPLE).every(part => record[part] === undefined || like(record[part], EXAMPLE[part])) &&
    /^[!-~]{1,255}$/.test(record.key ?? 'none') &&
    /^[!-~]+$/.test(record.access?.token ?? 'none');

  async function read() {
    try {
      const record = refused ? known : JSON.parse(await storage.getItem(name));
      if (sound(record)) return record;
    } catch {
      if (known.n >= 0) return known;
    }
    if (known.n >= 0 && (cookie || !known.session)) return known;
    await write({ n: known.n + 1 });
    // Nobody here knows whether there is a session, so the server is asked.
    if (cookie && refused) await write({ n: 0, session: 1 });
    return known;
  }

  async function write(record) {
    known = { mode, ...record };
    refused = false;
    try {
      // Always as long, so that full storage takes every update.
      await storage.setItem(name, JSON.stringify({ ...known, access: cookie ? undefined : known.access }).padEnd(2000));
    } catch {
      refused = true;
      try {
        await storage.removeItem(name); // What is there is out of date.
      } catch {}
    }
  }

  // One clock may stand still in sleep, the other may be set: what went further is right.
  const age = () => Math.max(Date.now() - access.at, performance.now() - access.start);
  const left = () => Math.max(access.life - 60_000, access.life * 0.9) - age();
  const fresh = stale => access && access.token !== stale && left() > 0;

  // Takes up what a record says, and the token that came with it. An older record says nothing.
  function look(record) {
    if (record.n < known.n) return;
    const { n, session, reason, access: token } = (known = record);
    if (!session) {
      access = undefined;
      return enter('anonymous', reason && new SessionEnded(reason));
    }
    if (token ? n !== access?.n : session !== access?.session) {
      access = token && { ...token, n, session, start: performance.now() - Math.abs(Date.now() - token.at) };
    }
    if (fresh() && token) enter('authenticated');
  }

  function enter(status, error) {
    const user = access?.user ?? (status === 'anonymous' ? null : state.user);
    const text = JSON.stringify([status, user, error?.message]);
    if (shown !== text) {
      shown = text;
      state = { status, user, error };
      for (const listener of listeners) queueMicrotask(() => listeners.has(listener) && listener(state));
    }
    if (!error && !known.ending) failures = 0;
    settled(state);
    plan(error?.retryAfter);
  }

  // What did not succeed is tried again. A page that is looked at refreshes ahead of time.
  function plan(retryAfter = 0) {
    clearTimeout(timer);
    const unfinished = known.ending || (known.session && !fresh());
    if (end.signal.aborted || !(unfinished || (page && access))) return;
    const pause = jitter(Math.max(retryAfter, Math.min(60, 2 ** failures)));
    // Timers that are too long ring at once.
    timer = setTimeout(wake, unfinished ? pause : Math.min(left(), 1e9));
    timer.unref?.();
  }

  // Brings page, record and server into line. What keeps it from doing so is planned again.
  async function settle() {
    try {
      look(await read());
      if (known.ending) await exclusively(finish);
      else if (known.session && !fresh()) await renew();
    } catch {}
  }

  const wake = () => page?.visibilityState === 'hidden' || settle();
  const post = message => end.signal.aborted || channel?.postMessage(message);
  // Without cookies, tokens are for whoever has the storage.
  const tell = () => post(cookie ? { ...known, access } : {});

  // One at a time: in this page in order, and among all tabs where there are locks.
  const exclusively = work => (queue = queue.catch(() => {}).then(() => turn(work)));

  async function turn(work) {
    let granted;
    const start = async lock => {
      granted = true;
      if (lock) patience = PATIENCE;
      look(await read());
      return work(lock);
    };
    try {
      if (locks) return await locks.request(name, { signal: AbortSignal.timeout?.(patience) }, start);
    } catch (error) {
      if (granted) throw error;
      patience = 1000; // Denied, or held by a tab that was put to sleep.
    }
    return start();
  }

  // A request to the server. Gives the next record.
  async function call(path, body, key) {
    const at = Date.now();
    let response, answer;
    try {
      response = await send(url(`/auth/${path}`), {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(key && { 'idempotency-key': key }) },
        body: JSON.stringify({ ...body, mode }),
        credentials: cookie ? 'include' : 'same-origin',
        redirect: 'error', // Neither password nor token goes anywhere else.
        signal: AbortSignal.timeout?.(TIMEOUT),
      });
      if (response.status === 204 && path === 'logout') return {};
      answer = await response.json();
      const { access_token, expires_in, refresh_token: refresh, error, reason } = answer;
      if (response.status === 401 && error === 'invalid_grant' && path !== 'login') return { reason: reason ?? 'unknown' };
      const access = { token: access_token, life: expires_in * 1000, at, user: userOf(access_token) };
      if (access.life > 0 && access.life < 1e15 && cookie === !refresh && sound({ mode, n: 0, refresh: refresh || undefined, access })) return { refresh, access };
    } catch (cause) {
      if (!response) throw new Unavailable('no answer', { cause });
    }
    const Refusal = REFUSALS[answer?.error];
    const retryAfter = Math.max(1, Math.min(3600, response.headers.get('retry-after'))) || 1;
    const fields = { retryAfter, retryAt: new Date(Date.now() + retryAfter * 1000) };
    throw Refusal ? new Refusal(answer.error, answer.error_description, fields) : new Unavailable(`status ${response.status}`, fields);
  }

  // Writes down what came of a request, unless the session ended or began anew meanwhile.
  async function conclude(n, record) {
    look(await read());
    if (known.n !== n) return;
    const next = { mode, ...record, n: n + 1 };
    await write(next);
    look(next);
    tell();
    return record.session;
  }

  // A refresh, by whoever's turn it is. Gives how long to wait, unless there is a token now.
  async function rotate(lock, stale) {
    if (cookie && known.session && access?.n !== known.n) {
      // Another tab has the token of this record.
      post('ask');
      for (const start = Date.now(); access?.n !== known.n && Date.now() - start < 150; ) await sleep(10);
      look(await read()); // Who was faster has written down its key meanwhile.
    }
    if (!known.session) throw new SessionEnded(known.reason);
    if (fresh(stale) || (access && age() < Math.min(GRACE, access.life))) return 0;

    // Rule 2: no token is refreshed while a request with its predecessor may be under way.
    const { n, session, refresh, sent, key = random() } = known;
    const late = known.key ? sent : known.late;
    const wait = late + UNDER_WAY - Date.now();
    if (!known.key && wait > 0 && wait <= UNDER_WAY) return wait;

    // Rule 3: one key for each token, written down before it is sent. Without locks, whose key stays
    // for a moment asks, and the others wait for what comes of it.
    if (!lock && known.key && key !== mine && Math.abs(Date.now() - sent) < 2_000) return 100;
    mine = key;
    const now = Date.now();
    await write({ ...known, key, late, sent: now });
    if (!lock) {
      await sleep(20);
      look(await read());
      if (known.key !== key) return 100;
    }
    try {
      const record = await call('refresh', { refresh_token: refresh }, key);
      look(await read()); // A tab that did not get the lock may have sent a copy.
      const next = record.access ? { ...record, session, late: lock && known.sent === now ? late : (known.sent ?? now) } : record;
      return (await conclude(n, next)) ? 0 : 1;
    } catch (error) {
      // It was answered, so it is not under way any more.
      look(await read()); // The others may be further, if this tab was put to sleep.
      if (error.retryAfter && known.n === n) await write({ ...known, sent: late });
      throw error;
    }
  }

  const renew = stale => (renewing ??= attempt(stale).finally(() => (renewing = undefined)));

  // Repeats a refresh that did not succeed, for some seconds. After that, `plan` does.
  async function attempt(stale) {
    for (let tries = 1; ; tries++) {
      let wait;
      try {
        wait = await exclusively(lock => rotate(lock, stale));
        if (!wait) return access && enter('authenticated');
      } catch (error) {
        if (error instanceof SessionEnded) throw error;
        wait = jitter(error.retryAfter ?? tries / 2);
        if (tries > 2 || wait > 3000) {
          failures++;
          enter(state.status === 'loading' ? 'unavailable' : state.status, error);
          throw error;
        }
      }
      await sleep(wait);
    }
  }

  // The access token, other than `stale` if it can be had. Refreshing ahead of time may fail.
  async function current(stale) {
    if (!fresh(stale)) await renew(stale).catch(error => {
      if (!access || age() > access.life) throw error;
    });
    if (!access) throw new SessionEnded(known.reason);
    return access;
  }

  // Tells the server of a log-out.
  async function finish() {
    const { n, ending } = known;
    if (!ending) return;
    clearTimeout(timer);
    try {
      await conclude(n, await call('logout', cookie ? {} : { refresh_token: ending }));
    } catch (error) {
      failures++;
      plan(error.retryAfter);
      throw error;
    }
  }

  channel?.unref?.();
  channel?.addEventListener('message', ({ data }) => {
    if (data === 'ask') return fresh() && tell();
    if (cookie && sound(data)) look(data);
    settle();
  });
  for (const event of ['online', 'pageshow', 'visibilitychange']) globalThis.addEventListener?.(event, wake, end);
  settle();

  return {
    ready,
    user: () => state.user,
    state: () => state,

    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },

    login: credentials => exclusively(async () => {
      await finish().catch(() => {});
      const { n } = known;
      const record = await call('login', credentials);
      if (!(await conclude(n, { ...record, session: n + 1 }))) throw new SessionEnded();
      if (access) enter('authenticated');
      return state.user;
    }),

    async logout() {
      if (known.n < 0) look(await read());
      const mark = { mode, n: known.n + 1, ending: cookie || (known.refresh ?? known.ending) };
      look(mark);
      // This tab may be behind the others.
      const last = await read();
      if (last.n >= mark.n) Object.assign(mark, { n: last.n + 1, ending: cookie || (last.refresh ?? last.ending) });
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
      const { signal } = request;
      const base = new Request(url('/')).url; // As the platform spells it.
      if (signal?.aborted || !request.url.startsWith(base) || DOTS.test(request.url)) return send(request);
      const again = request.clone();
      // Whoever gives up does not wait for a token, and is told by the platform.
      const aborted = new Promise(done => signal?.addEventListener('abort', () => done()));
      const given = stale => Promise.race([current(stale), aborted]);
      const go = (request, access) => {
        if (access) request.headers.set('authorization', `Bearer ${access.token}`);
        return send(request);
      };
      const first = await given();
      const response = await go(request, first);
      // A page of another origin may not be shown the header, but it sees the body.
      const why = response.status === 401 && (response.headers.get('www-authenticate') ?? (await response.clone().text()));
      if (!/error"?[=:] *"invalid_token"/.test(why)) return response;
      const second = await given(first.token);
      // What one user asked for is not asked for as another.
      return second && (second.token === first.token || second.user.id !== first.user.id) ? response : go(again, second);
    },

    accessToken: async () => (await current()).token,

    refresh: () => renew(access?.token),

    close() {
      end.abort();
      clearTimeout(timer);
      listeners.clear();
      channel?.close();
    },
  };
}
