/** The generations of a refresh token, drawn as a chain, and who holds which. */

import { element } from './dom.js';
import { shortened } from './token.js';

export class Chain {
  #list;
  #links;
  #length = 0;
  #holders = new Map();

  /**
   * @param {HTMLElement} list an `ol`
   * @param {number} generations that there will be: room is kept for all of them
   */
  constructor(list, generations) {
    this.#links = Array.from({ length: generations }, (_, index) =>
      element(
        'li',
        { class: 'to-come' },
        element('b', {}, `Generation ${index + 1}`),
        element('code', {}, 'not yet'),
        element('span', { class: 'holders' }),
      ),
    );
    this.#list = list;
    list.classList.remove('dead');
    list.replaceChildren(...this.#links);
  }

  /** Adds the next generation, which makes the one before it old. */
  grow(token) {
    this.#links[this.#length - 1]?.classList.add('old');
    const link = this.#links[this.#length];
    link.classList.remove('to-come');
    link.querySelector('code').textContent = shortened(token);
    this.#length += 1;
  }

  /** Puts the token of a generation into somebody's hands. */
  give(who, generation) {
    this.#holders.get(who)?.remove();
    const holder = element('span', { class: `tag ${who}` }, who);
    this.#holders.set(who, holder);
    this.#links[generation - 1].querySelector('.holders').append(holder);
  }

  /** The end of the family: no generation is worth anything any more. */
  end() {
    this.#list.classList.add('dead');
    for (const link of this.#links) link.append(element('span', { class: 'unseen' }, 'worthless'));
  }
}
