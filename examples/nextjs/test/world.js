// Tollgate and the built app, for one file of tests.

import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, settings, startNext, startTollgate, tollgate } from "../scripts/servers.js";

export async function startWorld() {
  if (!process.env.TOLLGATE_BIN) throw new Error("TOLLGATE_BIN must name the executable `tollgate`");
  const folder = await mkdtemp(join(tmpdir(), "tollgate-nextjs-"));
  const lines = [];
  const log = (line) => lines.push(line);
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const api = await startTollgate({ folder, origin, log });
  const app = await startNext({ mode: "start", port, environment: settings(api.url, folder), log });
  return {
    origin,
    api,
    demo: JSON.parse(await readFile(join(folder, "demo-user.json"), "utf8")),
    secret: (await readFile(join(folder, "access.key"), "utf8")).split("\n").find((line) => /^[^#]/.test(line)),
    addUser(email, password, scope) {
      const [program, ...options] = tollgate();
      const add = ["--data-dir", folder, "users", "add", email, "--scope", scope, "--password-stdin"];
      execFileSync(program, [...options, ...add], { input: `${password}\n`, stdio: ["pipe", "ignore", "inherit"] });
    },
    /** What both have printed. */
    printed: () => lines.join("\n"),
    async stop() {
      await Promise.all([app.stop(), api.stop()]);
      await rm(folder, { recursive: true });
    },
  };
}
