import type { ReactElement, ReactNode } from 'react';
import type { Options, State, Tollgate } from './index.js';

export type AuthProviderProps = { children?: ReactNode } & (
  | { client: Tollgate; baseUrl?: undefined; storage?: undefined }
  | ({ client?: undefined } & Pick<Options, 'baseUrl' | 'storage'>)
);

/**
 * Gives the session to what is inside. With `client`, that one; otherwise one of its own, which lives
 * as long as the provider. `storage` must be the same object in each rendering. On a server, the
 * status is `loading`.
 */
export function AuthProvider(props: AuthProviderProps): ReactElement;

export type Auth = State & Pick<Tollgate, 'login' | 'logout' | 'fetch'>;

/** The session, and what can be done with it. The functions stay the same. */
export function useAuth(): Auth;

export interface ProtectedProps {
  /** For nobody in particular: a log-in form. */
  fallback?: ReactNode;
  /** While it is not known whether somebody is logged in. */
  loading?: ReactNode;
  /** While the server cannot be asked; what `loading` says, if it is left out. */
  unavailable?: ReactNode;
  children?: ReactNode;
}

/** Shows its children to whoever is logged in. It hides nothing: the server does that. */
export function Protected(props: ProtectedProps): ReactNode;
