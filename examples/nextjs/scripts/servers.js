// The two servers of this example, each a process of its own.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

export const EXAMPLE = resolve(import.meta.dirname, "..");
const REPOSITORY = resolve(EXAMPLE, "../..");

/** Tollgate with everything it keeps in `folder`, for pages of `origin`. `log` gets what it prints, line by line. */
export async function startTollgate({ folder, origin, listen = "127.0.0.1:0", log }) {
  const [program, ...options] = tollgate();
  const server = await start(program, [...options, "--data-dir", folder, "serve", "--listen", listen], {
    folder: REPOSITORY,
    // In cookie mode Tollgate answers pages of one origin, and sees another host in the requests that Next.js passes on.
    environment: { TOLLGATE_ALLOWED_ORIGIN: origin },
    ready: /^Tollgate listens on (\S+)/,
    log,
  });
  const [, url] = server.greeting;
  return { ...server, url };
}

/** The command `tollgate`: the one that TOLLGATE_BIN names, or one that cargo builds. */
export function tollgate() {
  const binary = process.env.TOLLGATE_BIN;
  return binary ? [resolve(binary)] : ["cargo", "run", "--quiet", "--"];
}

/** What the app is told about the Tollgate at `url`, which keeps its keys in `folder`. */
export function settings(url, folder) {
  return {
    TOLLGATE_URL: url,
    TOLLGATE_ISSUER: "https://tollgate.localhost",
    TOLLGATE_AUDIENCE: "api.tollgate.localhost",
    TOLLGATE_ACCESS_KEY: `file://${join(folder, "access.key")}`,
  };
}

/** Next.js: `dev`, or `start` after a build. */
export function startNext({ mode, port, environment, log }) {
  return start(process.execPath, [NEXT, mode, "--hostname", "localhost", "--port", String(port)], {
    folder: EXAMPLE,
    environment,
    ready: /Ready in/,
    log,
  });
}

const NEXT = join(EXAMPLE, "node_modules/next/dist/bin/next");

// Below those that systems take for outgoing connections: one of them could have the port before the server does.
const [FIRST_PORT, PORTS] = [10_000, 10_000];
let tried = process.pid * 101;

/** A port that nobody listens on, for whoever must know it in advance. */
export async function freePort() {
  for (;;) {
    tried += 1;
    const port = FIRST_PORT + (tried % PORTS);
    const server = createServer().listen(port, "localhost");
    const listens = await once(server, "listening").catch(() => null);
    if (!listens) continue;
    server.close();
    await once(server, "close");
    return port;
  }
}

/** A server that has said that it is ready. `stop` ends it, by its process. */
async function start(program, options, { ready, ...rest }) {
  const { child, lines } = run(program, options, rest);
  const ended = once(child, "close");
  const greeting = await new Promise((found, failed) => {
    lines((line) => ready.test(line) && found(ready.exec(line)));
    ended.then(([status]) => failed(new Error(`${program} ended with ${status}`)), failed);
  });
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
  };
  return { child, greeting, ended, stop };
}

function run(program, options, { folder, environment, log }) {
  const env = { ...process.env, NEXT_TELEMETRY_DISABLED: "1", ...environment };
  const child = spawn(program, options, { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
  const lines = (listener) => {
    for (const stream of ["stdout", "stderr"]) {
      createInterface(child[stream]).on("line", (line) => listener(line, stream));
    }
  };
  lines(log);
  return { child, lines };
}
