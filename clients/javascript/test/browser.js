// As much of a browser as the client sees: storage, cookies, locks and the events of a page.
// Every tab of a test is a client of its own in this process, on the same storage and cookies.

import { setMaxListeners } from 'node:events';

/** Web Locks, for a Node that has none: exclusive ones, first come, first served. */
class Locks {
  #lines = new Map();

  request(name, options, work = options) {
    const { signal, steal } = typeof options === 'function' ? {} : options;
    return new Promise((done, fail) => {
      const line = this.#lines.get(name) ?? this.#lines.set(name, []).get(name);
      const entry = { work, done, fail };
      if (steal) {
        line.shift()?.fail(new DOMException('stolen', 'AbortError'));
        line.unshift(entry);
        return this.#grant(line);
      }
      line.push(entry);
      signal?.addEventListener('abort', () => {
        const place = line.indexOf(entry);
        if (place < 1) return;
        line.splice(place, 1);
        fail(signal.reason);
      });
      if (line.length === 1) this.#grant(line);
    });
  }

  async #grant(line) {
    const entry = line[0];
    try {
      entry.done(await entry.work({}));
    } catch (error) {
      entry.fail(error);
    }
    if (line[0] !== entry) return;
    line.shift();
    if (line.length) this.#grant(line);
  }
}

/** localStorage, which a test may fill up or block. */
export class MemoryStorage {
  values = new Map();
  /** `full` refuses what makes it larger, `blocked` everything. */
  mood = 'well';

  #check() {
    if (this.mood === 'blocked') throw new DOMException('blocked', 'SecurityError');
  }

  getItem(key) {
    this.#check();
    return this.values.get(key) ?? null;
  }

  setItem(key, value) {
    this.#check();
    if (this.mood === 'full' && value.length > (this.values.get(key)?.length ?? 0)) {
      throw new DOMException('full', 'QuotaExceededError');
    }
    this.values.set(key, value);
  }

  removeItem(key) {
    this.#check();
    this.values.delete(key);
  }
}

/** Makes this process look like a page; gives its storage, and a way back. */
export function openBrowser({ origin = 'http://localhost:8787', cookieEnabled = true, locks = true } = {}) {
  const events = new EventTarget();
  setMaxListeners(0, events); // Many tabs listen here.
  const localStorage = new MemoryStorage();
  const globals = {
    document: { visibilityState: 'visible' },
    location: { href: `${origin}/` },
    navigator: { cookieEnabled, locks: locks ? (globalThis.navigator?.locks ?? new Locks()) : undefined },
    localStorage,
    addEventListener: events.addEventListener.bind(events),
    removeEventListener: events.removeEventListener.bind(events),
  };
  const before = Object.keys(globals).map(name => [name, Object.getOwnPropertyDescriptor(globalThis, name)]);
  for (const [name, value] of Object.entries(globals)) {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
  return {
    localStorage,
    /** As the browser does: `online`, `pageshow`, `visibilitychange`. */
    fire: type => events.dispatchEvent(new Event(type)),
    show(visibilityState) {
      globals.document.visibilityState = visibilityState;
      events.dispatchEvent(new Event('visibilitychange'));
    },
    close() {
      for (const [name, descriptor] of before) {
        if (descriptor) Object.defineProperty(globalThis, name, descriptor);
        else delete globalThis[name];
      }
    },
  };
}

/** A cookie jar, and a fetch that uses it as a page of `origin` would. */
export function openJar(origin) {
  const jar = {
    cookie: undefined,
    async fetch(input, init = {}) {
      const request = new Request(input, init);
      const toAuth = new URL(request.url).pathname.includes('/auth/');
      const headers = new Headers(request.headers);
      headers.set('origin', origin);
      headers.set('sec-fetch-site', 'same-origin');
      const withCookies = request.credentials !== 'omit' && toAuth;
      if (withCookies && jar.cookie) headers.set('cookie', jar.cookie);
      const body = request.body ? await request.text() : undefined;
      const response = await fetch(request.url, { method: request.method, headers, body, signal: request.signal });
      for (const line of response.headers.getSetCookie()) {
        if (!withCookies) continue;
        jar.lastSet = line;
        jar.cookie = /Max-Age=0|Expires=Thu, 01 Jan 1970/i.test(line) ? undefined : line.split(';')[0];
      }
      return response;
    },
  };
  return jar;
}
