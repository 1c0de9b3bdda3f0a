// Types: index.d.ts. Reasons: README.md.

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

function userOf(token) {
  const { sub, email, scope } = JSON.parse(atob(token.split('.')[1].replace(/-/g, '+').replace(/_/g, '/')));
  return { id: sub, email, scope: scope.split(' ').filter(Boolean) };
}

export function createTollgate({ baseUrl = '', storage, fetch: send = (...call) => fetch(...call) } = {}) {
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

  const end = new AbortController();
  const listeners = new Set();
  let state = { status: 'loading', user: null };
  let known = { n: -1 };
  let access;
  let queue = Promise.resolve();
  let failures = 0;
  let mine, refused, renewing, settled, shown, timer;
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
    if (cookie && refused) await write({ n: 0, session: true });
    return known;
  }

  async function write(record) {
    known = { mode, ...record };
    refused = false;
    try {
      // Of one length, so that full storage takes updates.
      await storage.setItem(name, JSON.stringify({ ...known, access: cookie ? undefined : known.access }).padEnd(300));
    } catch {
      refused = true;
      try {
        await storage.removeItem(name);
      } catch {}
    }
  }

  // One clock stops in sleep, the other may be set.
  const age = () => Math.max(Date.now() - access.at, performance.now() - access.start);
  const left = () => Math.max(access.life - 60_000, access.life * 0.9) - age();
  const fresh = stale => access && access.token !== stale && left() > 0;

  function look(record) {
    if (record.n < known.n) return;
    const { n, session, reason, access: token } = (known = record);
    if (session && n === access?.n) return;
    access = session && token && { ...token, n, start: performance.now() - Math.abs(Date.now() - token.at) };
    if (!session) enter('anonymous', reason && new SessionEnded(reason));
    else if (fresh()) enter('authenticated');
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

  function plan() {
    clearTimeout(timer);
    const unfinished = known.ending || (known.session && !fresh());
    if (end.signal.aborted || !(unfinished || (page && access))) return;
    const pause = jitter(Math.max(state.error?.retryAfter ?? 0, Math.min(60, 2 ** failures)));
    timer = setTimeout(wake, unfinished ? pause : left());
    timer.unref?.();
  }

  async function settle() {
    try {
      look(await read());
      if (known.ending) await exclusively(finish);
      else if (known.session && !fresh()) await renew();
    } catch {
      failures++;
      plan();
    }
  }

  const wake = () => page?.visibilityState === 'hidden' || settle();
  const post = message => end.signal.aborted || channel?.postMessage(message);
  const tell = () => post(cookie ? { ...known, access } : {});

  // One at a time in this page, and among all tabs if there are locks.
  function exclusively(work) {
    const start = async () => (look(await read()), work());
    if (!locks) return (queue = queue.catch(() => {}).then(start));
    const signal = AbortSignal.timeout?.(20_000);
    return locks.request(name, { signal }, start).catch(error => {
      // A tab that was put to sleep holds it for ever.
      if (error !== signal?.reason) throw error;
      return locks.request(name, { steal: true }, start);
    });
  }

  async function call(path, body, key) {
    const at = Date.now();
    let response, answer;
    try {
      response = await send(url(`/auth/${path}`).href, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(key && { 'idempotency-key': key }) },
        body: JSON.stringify({ ...body, mode }),
        credentials: cookie ? 'include' : 'same-origin',
        redirect: 'error',
        signal: AbortSignal.timeout?.(8_000),
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
    const retryAfter = Number(response.headers.get('retry-after')) || 1;
    const fields = { retryAfter, retryAt: new Date(Date.now() + retryAfter * 1000) };
    throw Refusal ? new Refusal(answer.error, answer.error_description, fields) : new Unavailable(`status ${response.status}`, fields);
  }

  // Writes down the outcome, unless another one came first.
  async function conclude(n, record) {
    look(await read());
    if (known.n !== n) return;
    const next = { ...record, n: n + 1 };
    await write(next);
    look(next);
    tell();
    return record.session;
  }

  async function rotate(stale) {
    if (cookie && known.session && !access) {
      post('ask');
      for (const start = Date.now(); !access && Date.now() - start < 150; ) await sleep(10);
    }
    if (!known.session) throw new SessionEnded(known.reason);
    if (fresh(stale) || (access && age() < Math.min(10_000, access.life))) return;
    const { n, refresh, sent, key = random() } = known;
    const late = known.key ? sent : known.late;
    // An earlier copy, still under way, would look like a theft.
    const wait = late + 15_000 - Date.now();
    if (!known.key && wait > 0 && wait <= 15_000) return wait;
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
        if (!wait) return access && enter('authenticated');
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
    if (!fresh(stale)) await renew(stale).catch(error => {
      if (!access || age() > access.life) throw error;
    });
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
    if (cookie && data.mode) look(data);
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
      if (!(await conclude(n, await call('login', credentials)))) throw new SessionEnded();
      if (access) enter('authenticated');
      return state.user;
    }),

    async logout() {
      if (known.n < 0) look(await read());
      const mark = { n: known.n + 1, ending: cookie || (known.refresh ?? known.ending) };
      look(mark);
      await write(mark);
      tell();
      await exclusively(async () => {
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
      const why = response.status === 401 && (response.headers.get('www-authenticate') ?? (await response.clone().text()));
      if (!/error"?[=:] *"invalid_token"/.test(why)) return response;
      const second = await current(first.token);
      // What one user asked for is not asked for as another.
      return second.token === first.token || second.user.id !== first.user.id ? response : go(again, second);
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
