/** The session of this page: the client, and where this tab has its access token from. */

import { createTollgate } from './tollgate.js';
import { read } from './token.js';

/** How often to look for a token that the client or another tab has renewed, in milliseconds. */
const LOOK_EVERY = 1000;
/** The same while the server is away: looking may ask it. */
const LOOK_IN_TROUBLE = 5000;

export class Session {
  #listeners = new Set();
  /** Access tokens that answered a request of this tab, and the path of that request. */
  #received = new Map();
  #wire;
  #endsAt = 0;

  /** @type {import('./token.js').Token | null} */
  token = null;
  /** When this tab got it. @type {Date | null} */
  since = null;
  /** The path that answered with it; undefined if another tab handed it over. @type {string | undefined} */
  source;

  /** @param {import('./wire.js').Wire} wire */
  constructor(wire) {
    this.#wire = wire;
    wire.listen((exchange) => this.#remember(exchange));
    this.client = createTollgate({ fetch: wire.fetchAs('page') });
    this.client.subscribe(() => this.#changed());
    this.client.ready.then(() => this.#changed());
    this.#watch();
  }

  /** Called after each change of the state or of the token. */
  listen(listener) {
    this.#listeners.add(listener);
  }

  /** What is left of the token's lifetime, in seconds. Never more than that, whatever the clocks say. */
  secondsLeft() {
    const left = (this.#endsAt - Date.now()) / 1000;
    return Math.min(Math.max(left, 0), this.token?.lifetime ?? 0);
  }

  /** Takes notice of a token that was renewed. The client renews it shortly before it expires. */
  async look() {
    if (this.client.state().status !== 'authenticated') return;
    const raw = await this.client.accessToken().catch(() => null);
    if (!raw || raw === this.token?.raw) return;
    const token = read(raw);
    const lead = await this.#wire.serversLead();
    // Two may look at once; the second would not know any more where the token is from.
    if (raw === this.token?.raw) return;
    this.token = token;
    this.since = new Date();
    this.source = this.#received.get(raw);
    this.#endsAt = token.claims.exp * 1000 - lead;
    this.#received.clear();
    this.#tell();
  }

  async #watch() {
    if (!document.hidden) await this.look();
    setTimeout(() => this.#watch(), this.client.state().error ? LOOK_IN_TROUBLE : LOOK_EVERY);
  }

  async #changed() {
    if (this.client.state().status === 'anonymous') this.token = null;
    this.#tell();
    await this.look();
  }

  #remember({ who, path, answer }) {
    if (who !== 'page' || answer?.status !== 200 || !path.startsWith('/auth/')) return;
    this.#received.set(JSON.parse(answer.body).access_token, path);
  }

  #tell() {
    for (const listener of this.#listeners) listener(this);
  }
}
