/** Waiting until the server takes another attempt. */

import { element } from './dom.js';

export class Countdown {
  #place;
  #button;
  #timer;
  running = false;

  /**
   * @param {HTMLElement} place where it is said
   * @param {HTMLElement} button which has to wait
   */
  constructor(place, button) {
    this.#place = place;
    this.#button = button;
  }

  /** @param {number} seconds */
  start(seconds) {
    const until = Date.now() + seconds * 1000;
    // Spoken once, with the whole time; what changes each second is for the eye.
    const digits = element('span', { 'aria-hidden': 'true' });
    this.#place.replaceChildren(
      'Too many attempts. ',
      element('span', { class: 'unseen' }, `Try again in ${seconds} seconds.`),
      digits,
    );
    this.#button.setAttribute('aria-disabled', 'true');
    this.running = true;
    const tick = () => {
      const left = Math.ceil((until - Date.now()) / 1000);
      digits.textContent = `Try again in ${left} s.`;
      if (left > 0) return;
      this.stop();
      this.#place.textContent = 'You can try again now.';
    };
    this.#timer = setInterval(tick, 250);
    tick();
  }

  /** Whoever was waiting need not wait any longer. */
  stop() {
    if (!this.running) return;
    clearInterval(this.#timer);
    this.running = false;
    this.#place.textContent = '';
    this.#button.removeAttribute('aria-disabled');
  }
}
