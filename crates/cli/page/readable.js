/** What a script that got into this page could read, looked up as such a script would. */

import { byId, element } from './dom.js';

const REFRESH_TOKEN = /tgr1_[\w-]{20,}/;

/** Looks everywhere and shows what is there. */
export function showReadable() {
  byId('readable-words').textContent = cookiesWork()
    ? 'It is in a cookie that the browser sends to /auth and shows to no script (HttpOnly, Secure, SameSite=Strict). ' +
      'A script that got in here could use the session while the page is open, but not carry it away.'
    : 'This browser blocks cookies, so the token is in the memory of this tab alone, and a reload ends the session.';
  byId('readable').replaceChildren(
    ...find('document.cookie', () => document.cookie.split('; ').filter(Boolean)),
    ...find('localStorage', () => entries(localStorage)),
    ...find('sessionStorage', () => entries(sessionStorage)),
  );
}

/** Browsers that block cookies of a page block its storage, too, and some do not say so. */
export function cookiesWork() {
  try {
    return navigator.cookieEnabled && localStorage !== null;
  } catch {
    return false;
  }
}

function entries(storage) {
  return Object.keys(storage).map((key) => `${key}=${storage.getItem(key)}`);
}

function find(place, look) {
  return [element('dt', {}, element('code', {}, place)), element('dd', {}, found(look))];
}

function found(look) {
  let texts;
  try {
    texts = look();
  } catch {
    return 'closed by the browser';
  }
  if (texts.length === 0) return 'empty';
  const names = texts.map((text) => text.split('=', 1)[0]).join(', ');
  return texts.some((text) => REFRESH_TOKEN.test(text)) ? `A REFRESH TOKEN, in ${names}` : `no refresh token, only ${names}`;
}
