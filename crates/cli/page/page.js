/** The page: which view is shown, and what is in it. */

import { startCalls, showScopeHint } from './calls.js';
import { announce, byId, element, timeOfDay } from './dom.js';
import { LogView } from './log_view.js';
import { startLogIn } from './log_in_view.js';
import { cookiesWork, showReadable } from './readable.js';
import { Session } from './session.js';
import { Tabs, sourceInWords } from './tabs.js';
import { startThief } from './thief.js';
import { showTimeLeft, showToken } from './token_view.js';
import { Wire } from './wire.js';

const ENDS = {
  expired: 'Your session has expired: it was not used for too long.',
  revoked:
    'Your session was ended: by a log-out elsewhere, by whoever runs the server, or because an old refresh token of it ' +
    'was used, as a thief does.',
  reused:
    'An old refresh token of your session was used, as a thief does who has copied it. So the server ended the session ' +
    'for everybody who had a token of it. Log in again.',
  unknown:
    'The server does not find your session: this browser may keep no cookies, or the server may have lost its data.',
};
const LOGGED_OUT = 'You are logged out, here and in every other tab.';
const BLOCKED = 'This browser blocks cookies for this page. You can log in all the same, until you load the page again.';

const STATUS = {
  loading: 'Loading…',
  authenticated: 'Logged in',
  anonymous: 'Logged out',
  unavailable: 'Server unavailable',
};

/** Changed only if it says something else, since whatever changes there is read aloud. */
function showStatus({ status, user }) {
  const name = status === 'authenticated' ? ` as ${user.email}` : '';
  const shown = byId('status');
  if (shown.textContent === STATUS[status] + name) return;
  shown.replaceChildren(STATUS[status], element('span', { class: 'name' }, name));
  shown.dataset.status = status;
}

class Page {
  #wire = new Wire();
  #log = new LogView();
  #tabs = new Tabs();
  #session = new Session(this.#wire);
  #shown = 'loading';
  #shownToken = null;

  start() {
    this.#wire.listen((exchange) => this.#log.add(exchange));
    this.#session.listen(() => this.#render());
    setInterval(() => this.#tick(), 250);
    this.#render();
  }

  #render() {
    const state = this.#session.client.state();
    showStatus(state);
    this.#tabs.update(this.#session);
    this.#show(viewOf(state), state);
    if (this.#shown === 'authenticated') this.#fill(state);
  }

  /** Changes the view; whoever was at work in the old one goes on at the top of the new one. */
  #show(view, { error }) {
    if (view === this.#shown || view === 'loading') return;
    const notice = ENDS[error?.reason] ?? (this.#shown === 'authenticated' ? LOGGED_OUT : '');
    const main = byId('main');
    const wasInside = main.contains(document.activeElement);
    main.replaceChildren(byId(view).content.cloneNode(true));
    this.#shown = view;
    this.#shownToken = null;
    this.#starters[view](notice);
    if (wasInside) main.querySelector('h2[tabindex]')?.focus();
  }

  #starters = {
    anonymous: (notice) => {
      notify(notice || (cookiesWork() ? '' : BLOCKED));
      startLogIn(this.#session);
    },
    unavailable: () => {
      byId('blocked').hidden = cookiesWork();
      byId('retry').addEventListener('click', () => this.#retry());
    },
    authenticated: () => {
      startCalls(this.#session, this.#wire);
      startThief(this.#session, this.#wire);
      byId('refresh').addEventListener('click', () => this.#refresh());
      byId('log-out').addEventListener('click', () => this.#logOut());
      byId('banner-retry').addEventListener('click', () => this.#retry());
      this.#log.render();
      this.#tabs.render();
    },
  };

  /** What the view of somebody who is logged in says. */
  #fill({ user, error }) {
    byId('initial').textContent = user.email[0].toUpperCase();
    byId('user-email').textContent = user.email;
    byId('user-scope').textContent = user.scope.length > 0 ? `scope ${user.scope.join(' ')}` : 'no scope';
    byId('banner').hidden = !error;
    showScopeHint(user.scope);
    showReadable();
    const { token, since, source } = this.#session;
    if (!token || token === this.#shownToken) return;
    showToken(token);
    this.#tick();
    if (this.#shownToken) byId('token-id').classList.add('fresh');
    byId('origin').textContent = `This tab has it since ${timeOfDay(since)}, ${sourceInWords(source)}.`;
    if (!source) this.#log.note(`Another tab handed over token ${token.claims.jti.slice(0, 8)}.`);
    this.#shownToken = token;
  }

  #tick() {
    const { token } = this.#session;
    if (token && this.#shown === 'authenticated') showTimeLeft(this.#session.secondsLeft(), token.lifetime);
  }

  async #refresh() {
    const before = this.#session.token;
    byId('refresh').classList.add('busy');
    // If it fails, the state says so.
    const settled = await this.#session.client.refresh().then(() => true, () => false);
    await this.#session.look();
    byId('refresh')?.classList.remove('busy');
    if (!settled || this.#session.token !== before || this.#shown !== 'authenticated') return;
    byId('origin').textContent =
      'Not yet: a token is refreshed when it is 10 s old or older, so that tabs never run ahead of each other.';
    announce(byId('origin').textContent);
  }

  async #logOut() {
    await this.#session.client.logout().catch(() => {
      notify('You are logged out here. The server does not answer and will be told as soon as it does.');
    });
  }

  async #retry() {
    await this.#session.client.refresh().catch(() => {});
    this.#render();
  }
}

/** Says above the log-in form why somebody is there. */
function notify(text) {
  byId('notice').hidden = !text;
  byId('notice').textContent = text;
  announce(text);
}

function viewOf({ status, user }) {
  return status === 'unavailable' && user ? 'authenticated' : status;
}

if (isSecureContext) {
  new Page().start();
} else {
  byId('main').replaceChildren(byId('elsewhere').content.cloneNode(true));
  byId('status').textContent = 'Wrong address';
  byId('localhost').href = `http://localhost:${location.port}/`;
}
