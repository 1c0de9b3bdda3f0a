// Compiled, never run: what the types allow, and what they do not.

import { createTollgate, InvalidCredentials, SessionEnded, TollgateError, TooManyAttempts, Unavailable } from 'tollgate-client';
import type { State, Tollgate, TokenStorage, User } from 'tollgate-client';
import { AuthProvider, Protected, useAuth } from 'tollgate-client/react';
import { createElement } from 'react';

const inCookie: Tollgate = createTollgate();
const inStorage = createTollgate({ baseUrl: 'https://api.example.com/v1', storage: localStorage, fetch });

declare const asyncStorage: {
  getItem(key: string): Promise<string | null>;
  setItem(key: string, value: string): Promise<void>;
  removeItem(key: string): Promise<void>;
};
const anywhere: TokenStorage = asyncStorage;
createTollgate({ storage: anywhere });

const user: User = await inCookie.login({ email: 'a@example.com', password: 'secret' });
const scope: readonly string[] = user.scope;
const state: State = await inStorage.ready;
const stop: () => void = inCookie.subscribe(({ status, user }) => [status, user?.email, scope, state]);
const answer: Response = await inCookie.fetch('/me', { method: 'POST', body: '{}' });
const token: string = await inCookie.accessToken();
const nothing: void = await inCookie.refresh();
await inCookie.logout();
inCookie.close();

try {
  await inCookie.login({ email: '', password: '' });
} catch (error) {
  if (error instanceof TooManyAttempts) error.retryAt.toISOString().repeat(error.retryAfter);
  if (error instanceof Unavailable) error.retryAfter?.toFixed();
  if (error instanceof InvalidCredentials) error.message.trim();
  if (error instanceof TollgateError) error.code.trim().concat(error.name);
  if (error instanceof SessionEnded) {
    error.reason === 'reused';
    // @ts-expect-error There is no such reason.
    error.reason === 'stolen';
  }
}

// @ts-expect-error The password is missing.
inCookie.login({ email: 'a@example.com' });
// @ts-expect-error There is no such status.
state.status === 'logged-in';
// @ts-expect-error A state is replaced, not changed.
state.user = null;
// @ts-expect-error Nobody may be logged in.
inCookie.user().email;
// @ts-expect-error An error keeps its name.
if (state.error) state.error.name = 'Error';
// @ts-expect-error Storage can also remove.
createTollgate({ storage: { getItem: () => null, setItem() {} } });
// @ts-expect-error Only the client makes its errors.
new TollgateError('code', 'message');

export function Page() {
  const { status, user, error, login, logout, fetch } = useAuth();
  const provider = createElement(AuthProvider, { client: inCookie }, status, user?.email, error?.message);
  createElement(AuthProvider, { baseUrl: 'https://api.example.com', storage: localStorage });
  // @ts-expect-error A client has an address already.
  createElement(AuthProvider, { client: inCookie, baseUrl: '' });
  // @ts-expect-error There is no such action.
  useAuth().signOut();
  return [provider, createElement(Protected, { fallback: 'Log in', loading: '…' }, 'secret'), login, logout, fetch];
}

export { answer, nothing, stop, token };
