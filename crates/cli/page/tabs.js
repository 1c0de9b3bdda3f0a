/** The tabs of this page that are open, and which token each of them has. */

import { byId, element, timeOfDay } from './dom.js';

const SOURCES = { '/auth/login': 'from its own log-in', '/auth/refresh': 'from its own refresh' };

/** Where a tab has its token from, in words. */
export function sourceInWords(source) {
  return SOURCES[source] ?? 'from another tab';
}

export class Tabs {
  #channel = null;
  #others = new Map();
  #own = { tab: crypto.randomUUID(), token: null, since: null, source: undefined };

  constructor() {
    this.#open();
    // An open channel could keep the page out of the browser's cache for going back.
    addEventListener('pagehide', () => this.#close());
    addEventListener('pageshow', () => this.#open());
    // A tab that crashed said nothing: ask again whenever somebody looks.
    document.addEventListener('visibilitychange', () => document.hidden || this.#ask());
  }

  /** Tells the others what this tab has. */
  update({ token, since, source }) {
    this.#own = { ...this.#own, token: token?.claims.jti ?? null, since, source };
    this.#say('here');
    this.render();
  }

  /** Puts the tabs into their list, if it is shown. */
  render() {
    const rows = [row('This tab', this.#own), ...[...this.#others.values()].map((tab) => row('Another tab', tab))];
    byId('tabs')?.replaceChildren(...rows);
  }

  #open() {
    if (this.#channel) return;
    try {
      this.#channel = new BroadcastChannel('tollgate-page');
    } catch {
      // It is missing, or denied to a page that may keep nothing: this tab shows itself alone.
      return;
    }
    this.#channel.addEventListener('message', ({ data }) => this.#hear(data));
    this.#ask();
  }

  #close() {
    this.#say('gone');
    this.#channel?.close();
    this.#channel = null;
  }

  #ask() {
    this.#others.clear();
    this.#say('who');
    this.render();
  }

  #say(kind) {
    this.#channel?.postMessage({ kind, ...this.#own });
  }

  #hear({ kind, ...other }) {
    if (kind === 'gone') this.#others.delete(other.tab);
    else this.#others.set(other.tab, other);
    if (kind === 'who') this.#say('here');
    this.render();
  }
}

function row(name, { token, since, source }) {
  const has = token
    ? [
        'token ',
        element('code', {}, token.slice(0, 8)),
        ` since ${timeOfDay(new Date(since))}, ${sourceInWords(source)}`,
      ]
    : ['no token'];
  return element('li', {}, element('b', {}, name), element('span', {}, ...has));
}
