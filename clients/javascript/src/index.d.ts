/** Who is logged in, as the access token says it. The client reads it and does not verify it: the server does. */
export interface User {
  readonly id: string;
  readonly email: string;
  readonly scope: readonly string[];
}

/**
 * - `loading`: it is not known yet whether there is a session.
 * - `authenticated`: there is one. With an `error`, it could not be refreshed just now.
 * - `anonymous`: there is none. With an `error`, it ended, and that says why.
 * - `unavailable`: there may be one, but the server cannot be asked. It is tried again by itself.
 */
export type Status = 'loading' | 'authenticated' | 'anonymous' | 'unavailable';

/** The same object until something changes. */
export interface State {
  readonly status: Status;
  readonly user: User | null;
  readonly error?: TollgateError | undefined;
}

/** Where the refresh token is kept without cookies. `localStorage` and AsyncStorage fit as they are. */
export interface TokenStorage {
  getItem(key: string): string | null | Promise<string | null>;
  setItem(key: string, value: string): void | Promise<void>;
  removeItem(key: string): void | Promise<void>;
}

export interface Options {
  /** Where the API is, with its path if it has one. The page's own origin, if it is left out. */
  baseUrl?: string | undefined;
  /** Keeps the refresh token here. Left out: in a cookie that no script can read, or in memory where there is no browser. */
  storage?: TokenStorage | undefined;
  /** Used instead of the global one. */
  fetch?: typeof globalThis.fetch | undefined;
}

export interface Credentials {
  email: string;
  password: string;
}

export interface Tollgate {
  /**
   * Rejects with `InvalidCredentials`, `TooManyAttempts`, `Unavailable` or `InvalidRequest`, and with
   * `SessionEnded` if somebody logged out, here or in another tab, before it was answered.
   */
  login(credentials: Credentials): Promise<User>;
  /**
   * The state is `anonymous` at once. Rejects with `Unavailable` or `InvalidRequest` if the server
   * could not be told; it is told as soon as it can be, also after a reload.
   */
  logout(): Promise<void>;
  user(): User | null;
  state(): State;
  /** Calls `listener` after each change, until the returned function or `close` is called. */
  subscribe(listener: (state: State) => void): () => void;
  /** The state, once it is not `loading` any more. Never rejects. */
  readonly ready: Promise<State>;
  /**
   * As the global `fetch`, with the access token for addresses under `baseUrl`, and for no others. A
   * path that begins with `/` is one under `baseUrl`. A call that is answered 401 with
   * `error="invalid_token"` is repeated once with a new token. Rejects with `SessionEnded` when
   * nobody is logged in, with `Unavailable` or `InvalidRequest` when no token can be had, and
   * otherwise as the global `fetch` does: at once when `init.signal` is aborted.
   */
  fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response>;
  /** The access token, refreshed if need be, for what does not use `fetch`. Rejects as `fetch` does without a token. */
  accessToken(): Promise<string>;
  /** Refreshes now, unless the token is younger than ten seconds. Rejects as `accessToken` does. */
  refresh(): Promise<void>;
  /** Ends timers and listeners. The session goes on. */
  close(): void;
}

export function createTollgate(options?: Options): Tollgate;

/** All errors of this client. `message` says what to do, and holds no secret. */
export class TollgateError extends Error {
  protected constructor();
  /** That of its class, also in minified code. */
  readonly name: string;
  /** Stable, for programs. */
  readonly code: string;
}

/** The address or the password is wrong, or the user is disabled. */
export class InvalidCredentials extends TollgateError {}

/** Too early for another log-in. */
export class TooManyAttempts extends TollgateError {
  /** In seconds. */
  readonly retryAfter: number;
  readonly retryAt: Date;
}

/** Nobody is logged in. `reused`: somebody else had the refresh token. */
export class SessionEnded extends TollgateError {
  readonly reason: 'expired' | 'revoked' | 'reused' | 'unknown' | 'logged_out';
}

/** The server cannot be reached, or does not answer as Tollgate does. The session is kept. */
export class Unavailable extends TollgateError {
  /** In seconds, if there was any answer. */
  readonly retryAfter?: number;
  readonly retryAt?: Date;
}

/** The server cannot do anything with the request; `code` is the server's. */
export class InvalidRequest extends TollgateError {}
