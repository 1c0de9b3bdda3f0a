// What a user does with the client, in any runtime: they log in, restart it after an answer was lost, and log out.

import assert from 'node:assert/strict';

const sleep = wait => new Promise(done => setTimeout(done, wait));

/**
 * Goes through it with the client's exports, at a server whose access tokens live for `life`, and whose answers to a
 * refresh get lost until somebody calls /mend.
 */
export async function journey({ createTollgate, ...errors }, { baseUrl, email, password, life }) {
  const values = new Map();
  const storage = {
    getItem: async key => values.get(key) ?? null,
    setItem: async (key, value) => void values.set(key, value),
    removeItem: async key => void values.delete(key),
  };
  const start = () => createTollgate({ baseUrl, storage });
  const first = start();
  assert.equal((await first.ready).status, 'anonymous');
  const refused = await first.login({ email, password: 'not the password' }).catch(error => error);
  assert.ok(refused instanceof errors.InvalidCredentials && refused instanceof errors.TollgateError);
  assert.equal(refused.name, 'InvalidCredentials');
  const user = await first.login({ email, password });
  assert.equal(user.email, email);
  assert.equal((await (await first.fetch('/me')).json()).id, user.id);

  await sleep(life);
  const unanswered = await first.fetch('/me').catch(error => error);
  assert.ok(unanswered instanceof errors.Unavailable);
  assert.equal(unanswered.name, 'Unavailable');
  first.close();
  await fetch(`${baseUrl}/mend`);

  const second = start();
  const { status, user: { id } } = await second.ready;
  assert.deepEqual({ status, id }, { status: 'authenticated', id: user.id });
  assert.equal((await second.fetch('/me')).status, 200);
  await sleep(life);
  assert.equal((await second.fetch(`${baseUrl}/me`)).status, 200);

  await second.logout();
  assert.equal(second.user(), null);
  const ended = await second.fetch('/me').catch(error => error);
  assert.ok(ended instanceof errors.SessionEnded);
  assert.deepEqual([ended.name, ended.reason], ['SessionEnded', 'logged_out']);
  assert.ok(![...values.values()].join().includes('tgr1_'));
  second.close();
}
