/**
 * Makes an element. Children that are text become text nodes: nothing that a server or a token says
 * is ever read as markup.
 *
 * @param {string} name
 * @param {Record<string, string>} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElement}
 */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  made.append(...children);
  return made;
}

/** The element of an id; the ids of a template are there once its view is shown. */
export function byId(id) {
  return document.getElementById(id);
}

/** Says something to those who do not see the page. */
export function announce(text) {
  byId('announcement').textContent = text;
}

/** A time of day, as the reader writes it. */
export function timeOfDay(date) {
  return date.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit' });
}

/** Whole seconds as m:ss. */
export function minutesAndSeconds(seconds) {
  const whole = Math.max(0, Math.ceil(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

/** Waits. */
export function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
