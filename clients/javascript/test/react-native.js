// As much of React Native as the client sees: its own fetch, and nothing that only browsers or Node have.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createContext, runInContext } from 'node:vm';
import { Window } from 'happy-dom';
import { minified } from './minified.js';

const require = createRequire(import.meta.url);

/** It knows no parts of an address, and does not resolve any. */
class URL {
  constructor(url) {
    this.href = url.endsWith('/') ? url : `${url}/`;
  }

  toString() {
    return this.href;
  }
}

/** Signals without a reason, a timeout, or `throwIfAborted`. */
class AbortSignal extends EventTarget {
  aborted = false;
}
class AbortController {
  signal = new AbortSignal();

  abort() {
    this.signal.aborted = true;
    this.signal.dispatchEvent(new Event('abort'));
  }
}

/** The client as a bundle runs there: `exports`, the globals of its realm, and a way to end it. */
export function openReactNative() {
  const window = new Window({ settings: { fetch: { disableSameOriginPolicy: true } } });
  const { XMLHttpRequest, Blob, FileReader } = window;
  const realm = createContext({
    ...{ setTimeout, clearTimeout, queueMicrotask, atob, URL, AbortSignal, AbortController },
    ...{ XMLHttpRequest, Blob, FileReader },
    performance: { now: () => performance.now() },
    navigator: { product: 'ReactNative' },
  });
  runInContext(readFileSync(require.resolve('whatwg-fetch'), 'utf8'), realm);
  runInContext(minified({ format: 'iife', globalName: 'client' }), realm);
  return { exports: realm.client, realm, close: () => window.happyDOM.close() };
}
