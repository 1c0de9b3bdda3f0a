// Tollgate and this app together: `npm run demo`. Ctrl-C stops both.

import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { EXAMPLE, settings, startNext, startTollgate } from "./servers.js";

const port = Number(process.env.PORT ?? 3000);
const origin = `http://localhost:${port}`;
const folder = resolve(EXAMPLE, "../../.tollgate");
const log = (line) => console.log(`  ${line}`);

console.log("Starting Tollgate. The first time, cargo builds it, which takes a few minutes.");
const tollgate = await startTollgate({ folder, origin, log: complaintsOf(log) });
const next = await startNext({ mode: "dev", port, environment: settings(tollgate.url, folder), log }).catch(
  async (error) => {
    await tollgate.stop();
    throw error;
  },
);

const { email, password } = JSON.parse(readFileSync(join(folder, "demo-user.json"), "utf8"));
console.log(`
Open ${origin} (Ctrl-C stops it).

Demo user:  ${email}
Password:   ${password}
`);

for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, stop);
// One without the other is of no use.
await Promise.race([tollgate.ended, next.ended]);
await stop();

async function stop() {
  await Promise.all([tollgate.stop(), next.stop()]);
}

/** Tollgate greets with commands for curl and a user; here the lines of its log are enough. */
function complaintsOf(print) {
  return (line) => / (WARN|ERROR) |^error/.test(line) && print(line);
}
