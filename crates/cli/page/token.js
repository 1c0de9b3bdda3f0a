/** Access tokens: read, shortened and damaged. Nothing is verified here; that needs the key. */

/**
 * @typedef {object} Token
 * @property {string} raw as it is sent
 * @property {string[]} parts header, claims and signature, still encoded
 * @property {Record<string, unknown>} header
 * @property {Record<string, any>} claims
 * @property {number} lifetime in seconds
 */

/** Takes a token apart. @returns {Token} */
export function read(raw) {
  const parts = raw.split('.');
  const [header, claims] = parts.slice(0, 2).map(decoded);
  return { raw, parts, header, claims, lifetime: claims.exp - claims.iat };
}

function decoded(part) {
  const bytes = Uint8Array.from(atob(part.replaceAll('-', '+').replaceAll('_', '/')), (character) =>
    character.charCodeAt(0),
  );
  return JSON.parse(new TextDecoder().decode(bytes));
}

/** The same token with one character of its signature changed. */
export function damaged({ parts: [header, claims, signature] }) {
  const middle = Math.floor(signature.length / 2);
  const other = signature[middle] === 'A' ? 'B' : 'A';
  return `${header}.${claims}.${signature.slice(0, middle)}${other}${signature.slice(middle + 1)}`;
}

const TOKENS = /eyJ[\w-]+\.[\w-]+\.[\w-]+|tgr1_[\w-]+/g;

/** A text with its tokens shortened, so that they can be told apart and not be used. */
export function shortened(text) {
  return text.replace(TOKENS, (token) => `${token.slice(0, 9)}…${token.slice(-6)}`);
}
