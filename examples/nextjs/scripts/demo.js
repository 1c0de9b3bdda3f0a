// Tollgate and this app together: `npm run demo`. Ctrl-C stops both.

import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { EXAMPLE, settings, startNext, startTollgate } from "./servers.js";

const port = Number(process.env.PORT ?? 3000);
const origin = `http://localhost:${port}`;
const folder = resolve(process.env.TOLLGATE_DATA_DIR ?? join(EXAMPLE, "../../.tollgate"));
const log = (line) => console.log(`  ${line}`);
// Tollgate greets with commands for curl, which are of no use here. Its log goes to the other stream.
const logWithoutGreeting = (line, stream) => stream === "stderr" && log(line);

const servers = [];
const stop = () => Promise.all(servers.map((server) => server.stop()));
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, stop);
try {
  console.log("Starting Tollgate. The first time, cargo builds it, which takes a few minutes.");
  const tollgate = await startTollgate({ folder, origin, log: logWithoutGreeting });
  servers.push(tollgate);
  servers.push(await startNext({ mode: "dev", port, environment: settings(tollgate.url, folder), log }));
  greet(join(folder, "demo-user.json"));
  // One without the other is of no use.
  await Promise.race(servers.map((server) => server.ended));
} finally {
  await stop();
}

function greet(file) {
  const demo = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : null;
  const whom = demo ? `Demo user:  ${demo.email}\nPassword:   ${demo.password}` : "There is no demo user; sign in as one of yours.";
  console.log(`\nOpen ${origin} (Ctrl-C stops it).\n\n${whom}\n`);
}
