/** What goes over the wire, seen from a `fetch` that remembers. */

/**
 * @typedef {object} Exchange
 * @property {string} who 'page', or 'play' for the scene with the thief
 * @property {string} method
 * @property {string} path
 * @property {[string, string][]} sentHeaders those that scripts may see
 * @property {string} sentBody
 * @property {Answer | null} answer null if there was none
 * @property {number} milliseconds until all of the answer was there, or none could come any more
 */

/**
 * @typedef {object} Answer
 * @property {number} status
 * @property {string} statusText
 * @property {[string, string][]} headers
 * @property {string} body
 */

export class Wire {
  #listeners = new Set();
  /** Null until the server has told the time. */
  #lead = null;

  /** @param {(exchange: Exchange) => void} listener */
  listen(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A `fetch` whose exchanges are told to the listeners before its caller goes on. */
  fetchAs(who) {
    return (input, init) => this.#exchange(who, new Request(input, init));
  }

  /** How far the server's clock is ahead of ours, in milliseconds: ours may be wrong. */
  async serversLead() {
    if (this.#lead === null) {
      const answer = await fetch('/', { method: 'HEAD', cache: 'no-store' }).catch(() => null);
      this.#readClock(answer?.headers);
    }
    return this.#lead ?? 0;
  }

  async #exchange(who, request) {
    const { pathname, search } = new URL(request.url);
    const exchange = {
      who,
      method: request.method,
      path: pathname + search,
      sentHeaders: [...request.headers],
      sentBody: await request.clone().text(),
      answer: null,
      milliseconds: 0,
    };
    const started = performance.now();
    try {
      const response = await fetch(request);
      this.#readClock(response.headers);
      exchange.answer = {
        status: response.status,
        statusText: response.statusText,
        headers: [...response.headers],
        body: await response.clone().text(),
      };
      return response;
    } finally {
      exchange.milliseconds = performance.now() - started;
      for (const listener of this.#listeners) listener(exchange);
    }
  }

  #readClock(headers) {
    const told = Date.parse(headers?.get('date') ?? '');
    if (!Number.isNaN(told)) this.#lead = told - Date.now();
  }
}
