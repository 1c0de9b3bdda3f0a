/**
 * A session whose refresh token any script can read, and a script that reads it.
 *
 * It runs beside the session of the page, with requests of its own: the client of the page would
 * give nothing away, and follows rules that a thief does not.
 */

import { Chain } from './chain.js';
import { Countdown } from './countdown.js';
import { byId, element, pause } from './dom.js';
import { exchangeView } from './exchange_view.js';

const CARELESS_KEY = 'careless-app.refresh_token';
/** In milliseconds, so that one can follow. */
const BETWEEN_STEPS = 1400;

/**
 * @param {import('./session.js').Session} session
 * @param {import('./wire.js').Wire} wire
 */
export function startThief(session, wire) {
  const [form, password, start, problem] = ['thief', 'thief-password', 'thief-start', 'thief-problem'].map(byId);
  const countdown = new Countdown(problem, start);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (start.getAttribute('aria-disabled') === 'true') return;
    const shelf = readableShelf();
    problem.textContent = shelf ? '' : 'This browser blocks storage, as it blocks cookies: there is nowhere to steal from.';
    if (!shelf) return;
    problem.textContent = password.value ? '' : 'Type the password that you logged in with.';
    if (!password.value) return password.focus();
    start.setAttribute('aria-disabled', 'true');
    start.classList.add('busy');
    try {
      await new Play(wire, shelf).run({ email: session.client.user().email, password: password.value });
    } catch (error) {
      if (error.retryAfter) countdown.start(error.retryAfter);
      else problem.textContent = error.message;
      problem.scrollIntoView({ block: 'nearest' });
    } finally {
      start.classList.remove('busy');
      if (!countdown.running) start.removeAttribute('aria-disabled');
    }
  });
}

/** Where the careless app keeps its token, unless the browser forbids it. */
function readableShelf() {
  try {
    return sessionStorage;
  } catch {
    return null;
  }
}

class Play {
  #wire;
  #shelf;
  #stage = byId('play');
  #story = byId('story');
  #chain = new Chain(byId('chain'), 3);
  /** The exchange that the next step of the story shows. */
  #exchange = null;
  /** The owner's newest token, for as long as it is worth something. */
  #newest = null;

  constructor(wire, shelf) {
    this.#wire = wire;
    this.#shelf = shelf;
  }

  async run(credentials) {
    this.#story.replaceChildren();
    const forget = this.#wire.listen((exchange) => {
      if (exchange.who === 'play') this.#exchange = exchange;
    });
    try {
      await this.#act(credentials);
    } finally {
      forget();
      await this.#leave();
    }
  }

  async #act(credentials) {
    const first = await this.#logIn(credentials);
    this.#keep(first);
    this.#stage.hidden = false;
    this.#stage.scrollIntoView({ block: 'nearest' });
    this.#chain.grow(first);
    this.#chain.give('owner', 1);
    await this.#tell('owner', 'The owner logs in. Their app keeps the refresh token in sessionStorage.');

    const stolen = this.#shelf.getItem(CARELESS_KEY);
    this.#chain.give('thief', 1);
    await this.#tell('thief', `A script takes it, in one line: sessionStorage.getItem('${CARELESS_KEY}')`);

    for (const generation of [2, 3]) {
      const { refresh_token: next } = await this.#refresh(this.#newest);
      this.#keep(next);
      this.#chain.grow(next);
      this.#chain.give('owner', generation);
      await this.#tell('owner', `The owner works on, and their app refreshes: generation ${generation}.`);
    }

    const thiefs = await this.#refresh(stolen, 'reused');
    this.#chain.end();
    await this.#tell(
      'thief',
      `The thief refreshes with generation 1: refused, ${thiefs.reason}. The owner is two generations ahead, so this ` +
        'can only be a copy. Nobody can tell who is honest, so the whole family ends.',
    );

    const owners = await this.#refresh(this.#newest, 'revoked');
    this.#newest = null;
    await this.#tell(
      'owner',
      `The owner's newest token is refused as well: ${owners.reason}. They log in again, and learn that something was wrong.`,
    );
    await this.#tell(
      'end',
      'The thief was found out and has nothing to refresh with. A stolen access token works until it expires, for 15 ' +
        'minutes at most. Your own session on this page is another family and goes on.',
    );
  }

  async #logIn(credentials) {
    const answer = await this.#post('/auth/login', credentials);
    const body = await bodyOf(answer);
    if (body.refresh_token) return body.refresh_token;
    if (answer.status === 401) throw new Error('That is not your password.');
    const retryAfter = answer.status === 429 ? Number(answer.headers.get('retry-after')) : 0;
    throw Object.assign(strayed(answer, body), { retryAfter });
  }

  /** Refreshes: with a new token, or with the refusal that the story tells of. */
  async #refresh(token, refusal) {
    const answer = await this.#post('/auth/refresh', { refresh_token: token });
    const body = await bodyOf(answer);
    const asTold = refusal ? answer.status === 401 && body.reason === refusal : body.refresh_token;
    if (!asTold) throw strayed(answer, body);
    return body;
  }

  /** The careless app keeps its newest token. */
  #keep(token) {
    this.#newest = token;
    try {
      this.#shelf.setItem(CARELESS_KEY, token);
    } catch {
      throw new Error("This browser's storage is full: the careless app cannot keep its token, so there is nothing to steal.");
    }
  }

  /** A story that breaks off leaves no session behind, if the server can be told. */
  async #leave() {
    this.#shelf.removeItem(CARELESS_KEY);
    if (!this.#newest) return;
    const told = this.#post('/auth/logout', { refresh_token: this.#newest }).catch(() => {});
    // A server that hangs keeps nobody from starting again.
    await Promise.race([told, pause(3000)]);
  }

  #post(path, body) {
    return this.#wire
      .fetchAs('play')(path, {
        method: 'POST',
        credentials: 'omit',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
      })
      .catch(() => {
        throw new Error('The server does not answer. Is Tollgate still running in its terminal?');
      });
  }

  /** Adds a step, with what went over the wire for it. */
  async #tell(who, text) {
    const words = element('div', {}, element('p', {}, text));
    if (this.#exchange) words.append(exchangeView(this.#exchange));
    this.#exchange = null;
    const tag = element('span', { class: `tag ${who}` }, who === 'end' ? 'Over' : who);
    const step = element('li', {}, tag, words);
    this.#story.append(step);
    step.scrollIntoView({ block: 'nearest' });
    await pause(BETWEEN_STEPS);
  }
}

/** What an answer says; nothing, if it is not the API's. */
function bodyOf(answer) {
  return answer.json().then((body) => body ?? {}, () => ({}));
}

/** Why the story cannot go on. */
function strayed({ status }, { error_description: said }) {
  return new Error(`The story breaks off: the server answered ${status}${said ? ` (${said})` : ''}. Start it again.`);
}
