'use client';

import { createContext, createElement, useContext, useMemo, useSyncExternalStore } from 'react';
import { createTollgate } from './index.js';

const Context = createContext(null);
const LOADING = { status: 'loading', user: null };

// Rendering makes no client: a server renders too, and React may render twice. The first effect or
// event that needs one does, and it is closed when its provider is gone and no call is under way.
function source(given, options) {
  let own;
  let users = 0;
  const take = () => {
    users += 1;
    return given ?? (own ??= createTollgate(options));
  };
  const leave = () => {
    users -= 1;
    if (users) return;
    own?.close();
    own = undefined;
  };
  const on = call => async (...values) => {
    try {
      return await take()[call](...values);
    } finally {
      leave();
    }
  };
  return {
    actions: { login: on('login'), logout: on('logout'), fetch: on('fetch') },
    state: () => (given ?? own)?.state() ?? LOADING,
    subscribe(listener) {
      const stop = take().subscribe(listener);
      return () => {
        stop();
        leave();
      };
    },
  };
}

export function AuthProvider({ client, baseUrl, storage, children }) {
  const { actions, state, subscribe } = useMemo(
    () => source(client, { baseUrl, storage }),
    [client, baseUrl, storage],
  );
  const now = useSyncExternalStore(subscribe, state, () => LOADING);
  const auth = useMemo(() => ({ ...now, ...actions }), [now, actions]);
  return createElement(Context.Provider, { value: auth }, children);
}

export function useAuth() {
  const auth = useContext(Context);
  if (!auth) throw new Error('useAuth is called outside of an AuthProvider. Put one around the application.');
  return auth;
}

export function Protected({ fallback = null, loading = null, unavailable = loading, children }) {
  const { status } = useAuth();
  switch (status) {
    case 'authenticated':
      return children;
    case 'anonymous':
      return fallback;
    case 'unavailable':
      return unavailable;
    default:
      return loading;
  }
}
