/** The exchanges of the page in this tab, newest first. */

import { announce, byId, element, timeOfDay } from './dom.js';
import { exchangeView, outcome } from './exchange_view.js';

const KEPT = 30;

export class LogView {
  /** They survive a log-out: what ended a session is worth reading after it, too. */
  #items = [];

  /** @param {import('./wire.js').Exchange} exchange */
  add(exchange) {
    if (exchange.who !== 'page') return;
    const view = exchangeView(exchange);
    for (const older of this.#items) older.querySelector('details')?.removeAttribute('open');
    view.open = true;
    this.#push(element('li', {}, view));
    announce(`${exchange.method} ${exchange.path}: ${outcome(exchange)}`);
  }

  /** A line of something that happened without this tab asking for it. */
  note(text) {
    this.#push(element('li', { class: 'note' }, element('time', {}, timeOfDay(new Date())), ` ${text}`));
  }

  /** Puts the entries into the list, if it is shown. */
  render() {
    const list = byId('log');
    if (!list) return;
    byId('log-empty').hidden = this.#items.length > 0;
    list.replaceChildren(...this.#items);
  }

  #push(item) {
    this.#items = [item, ...this.#items].slice(0, KEPT);
    this.render();
  }
}
