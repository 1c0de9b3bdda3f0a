// What the client sends, reads and makes of answers, held to the contract of the server: openapi.json.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTollgate, InvalidCredentials, InvalidRequest, SessionEnded, TooManyAttempts, Unavailable } from 'tollgate-client';
import { MemoryStorage } from './browser.js';

const read = path => readFileSync(new URL(path, import.meta.url), 'utf8');
const contract = JSON.parse(read('../../../openapi.json'));
const reasons = contract.components.schemas.InvalidGrant.properties.reason.enum;

/** What is meant by a value that may be a reference. */
const resolve = value =>
  value?.$ref ? value.$ref.slice(2).split('/').reduce((place, key) => place[key], contract) : value;

/** The names that an object of a schema may have. */
function names(schema) {
  const { properties = {}, oneOf = [], allOf = [] } = resolve(schema);
  return new Set([...Object.keys(properties), ...[...oneOf, ...allOf].flatMap(part => [...names(part)])]);
}

const operation = path => contract.paths[path].post;
const schemaOf = message => resolve(message).content?.['application/json'].schema;
const requestOf = path => names(schemaOf(operation(path).requestBody));
const answersOf = path =>
  Object.entries(operation(path).responses).map(([status, response]) => [Number(status), resolve(response)]);

const base64 = value => Buffer.from(JSON.stringify(value)).toString('base64url');
const claims = { sub: '1', email: 'ada@example.com', scope: 'reports:read' };
const tokens = {
  access_token: [{ alg: 'HS256' }, claims, {}].map(base64).join('.'),
  token_type: 'Bearer',
  expires_in: 1,
  refresh_token: 'tgr1_EXAMPLE',
  refresh_expires_in: 604_800,
};

/** A client whose server answers so, and what of the answers it looked at. */
function clientOf(t, answer) {
  const looked = new Set();
  const calls = [];
  const watch = {
    get(body, name) {
      if (typeof name === 'string' && name !== 'then') looked.add(name);
      return body[name];
    },
  };
  const fetch = async (url, { headers, body }) => {
    const path = new URL(url).pathname;
    calls.push({ path, headers, body: JSON.parse(body) });
    const [status, json, headersOfAnswer] = answer(path);
    const response = new Response(status === 204 ? null : '{}', { status, headers: headersOfAnswer });
    response.json = async () => new Proxy(json, watch);
    return response;
  };
  const client = createTollgate({ baseUrl: 'https://api.example.com', storage: new MemoryStorage(), fetch });
  t.after(() => client.close());
  return { client, looked, calls };
}

const credentials = { email: 'ada@example.com', password: 'an example, not a password' };

test('what the client sends and reads is in the contract', async t => {
  const { client, looked, calls } = clientOf(t, path => (path === '/auth/logout' ? [204] : [200, tokens]));
  await client.login(credentials);
  await sleep(1100);
  await client.refresh();
  await client.logout();

  assert.deepEqual(calls.map(call => call.path), ['/auth/login', '/auth/refresh', '/auth/logout']);
  for (const { path, headers, body } of calls) {
    const taken = requestOf(path);
    assert.deepEqual(Object.keys(body).filter(name => !taken.has(name)), [], `sent to ${path}`);
    const known = new Set(['content-type', ...operation(path).parameters.map(it => resolve(it).name.toLowerCase())]);
    assert.deepEqual(Object.keys(headers).filter(name => !known.has(name)), [], `headers of ${path}`);
  }
  const schemasOfAnswers = ['/auth/login', '/auth/refresh'].flatMap(answersOf).map(([, answer]) => schemaOf(answer));
  const answered = new Set(schemasOfAnswers.flatMap(schema => [...names(schema)]));
  for (const name of ['access_token', 'expires_in', 'refresh_token', 'error', 'reason']) {
    assert(looked.has(name), `the client reads ${name}`);
  }
  assert.deepEqual([...looked].filter(name => !answered.has(name)), [], 'read, and nowhere in the contract');
});

const REFUSALS = {
  invalid_request: InvalidRequest,
  invalid_credentials: InvalidCredentials,
  cross_site_request: InvalidRequest,
  access_denied: Unavailable,
  too_many_attempts: TooManyAttempts,
  temporarily_unavailable: Unavailable,
  server_error: Unavailable,
};

test('every refusal of a log-in in the contract is an error of its own', async t => {
  for (const [status, response] of answersOf('/auth/login').filter(([status]) => status >= 400)) {
    const { error } = schemaOf(response).allOf[1].properties;
    for (const name of error.enum ?? [error.const]) {
      const headers = response.headers['Retry-After'] && { 'retry-after': '7' };
      const { client } = clientOf(t, () => [status, { error: name, error_description: 'A sentence.' }, headers]);
      const refused = await client.login(credentials).catch(error => error);
      assert.equal(refused.constructor, REFUSALS[name], `${status} ${name}`);
      if (headers) assert.equal(refused.retryAfter, 7, `${status} ${name}`);
    }
  }
});

test('every reason of the contract is one of the types, and the end of a session', async t => {
  const [, union] = read('../src/index.d.ts').match(/readonly reason: ([^;]+);/);
  const typed = union.split('|').map(it => it.trim().slice(1, -1));
  assert.deepEqual(typed.toSorted(), [...reasons, 'logged_out'].toSorted());

  await Promise.all(reasons.map(async reason => {
    const refusal = { error: 'invalid_grant', error_description: 'A sentence.', reason };
    const { client } = clientOf(t, path => (path === '/auth/login' ? [200, tokens] : [401, refusal]));
    await client.login(credentials);
    await sleep(1100);
    const ended = await client.refresh().catch(error => error);
    assert(ended instanceof SessionEnded);
    assert.equal(ended.reason, reason);
  }));
});
