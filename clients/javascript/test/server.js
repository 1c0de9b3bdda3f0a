// The real server, and a proxy in front of it that loses and falsifies answers.

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const binary = process.env.TOLLGATE_BIN ?? join(root, 'target/debug/tollgate');

/** Starts `tollgate serve` on a free port, with more variables. */
export async function startServer(variables = {}) {
  if (!existsSync(binary)) {
    throw new Error(`${binary} is not there. Build it with \`cargo build\`, or name another in TOLLGATE_BIN.`);
  }
  const data = mkdtempSync(join(tmpdir(), 'tollgate-client-'));
  const child = spawn(binary, ['serve', '--listen', '127.0.0.1:0', '--data-dir', data], {
    cwd: root,
    env: { ...process.env, RUST_LOG: 'error', ...variables },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  process.once('exit', () => child.kill()); // Also when a test fails in a way that runs no hook.
  const greeting = await new Promise((done, fail) => {
    let text = '';
    child.on('error', fail);
    child.on('exit', code => fail(new Error(`tollgate serve ended with ${code}`)));
    child.stdout.setEncoding('utf8').on('data', more => {
      text += more;
      if (text.includes('owner:')) done(text);
    });
  });
  const find = pattern => greeting.match(pattern)[1];
  return {
    url: find(/(http:\S+)/),
    email: find(/Demo user:\s+(\S+)/),
    password: find(/Password:\s+(\S+)/),
    async stop() {
      child.removeAllListeners('exit');
      const gone = new Promise(done => child.once('exit', done));
      child.kill();
      await gone;
      rmSync(data, { recursive: true, force: true });
    },
  };
}

/**
 * Passes requests on to `target`, unless `rule` has another answer.
 *
 * `rule(call)` sees `{ method, path, body, headers, number }` and returns nothing, or one of
 * `{ lost: true }` (the server did it, and the answer is dropped),
 * `{ cut: true }` (the connection is closed before the server sees anything),
 * `{ delay: ms }`, `{ status, headers, body }`.
 */
export async function startProxy(target, rule = () => undefined) {
  const calls = [];
  const proxy = createServer(async (incoming, outgoing) => {
    const chunks = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    const call = { method: incoming.method, path: incoming.url, body, headers: incoming.headers };
    call.number = calls.push(call);
    const fate = server.rule(call) ?? {};
    if (fate.cut) return incoming.socket.destroy();
    if (fate.status) return outgoing.writeHead(fate.status, fate.headers).end(fate.body);
    if (fate.delay) await new Promise(done => setTimeout(done, fate.delay));
    const headers = { ...incoming.headers, host: new URL(target).host };
    const onward = request(target + incoming.url, { method: incoming.method, headers }, answer => {
      call.status = answer.statusCode;
      if (fate.lost) return answer.resume().on('end', () => incoming.socket.destroy());
      outgoing.writeHead(answer.statusCode, answer.rawHeaders);
      answer.pipe(outgoing);
    });
    onward.on('error', () => incoming.socket.destroy());
    onward.end(body);
  });
  await new Promise(done => proxy.listen(0, '127.0.0.1', done));
  const server = {
    url: `http://127.0.0.1:${proxy.address().port}`,
    calls,
    rule,
    /** How many calls of a path there were. */
    count: path => calls.filter(call => call.path === path).length,
    stop() {
      proxy.closeAllConnections();
      return new Promise(done => proxy.close(done));
    },
  };
  return server;
}
