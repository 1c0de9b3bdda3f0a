// `npm run demo`, as README.md tells a newcomer to run it.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { it } from "node:test";
import { EXAMPLE, freePort } from "../scripts/servers.js";

it("starts both servers, says how to sign in, and stops both", async (test) => {
  const folder = await mkdtemp(join(tmpdir(), "tollgate-nextjs-"));
  const env = { ...process.env, PORT: String(await freePort()), TOLLGATE_DATA_DIR: folder };
  const demo = spawn(process.execPath, ["scripts/demo.js"], { cwd: EXAMPLE, env, stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(demo, "close");
  test.after(async () => {
    demo.kill("SIGINT");
    await ended;
    await rm(folder, { recursive: true });
  });

  let printed = "";
  for await (const line of createInterface(demo.stdout)) {
    printed += `${line}\n`;
    if (line.startsWith("Password:")) break;
  }
  const said = (name) => new RegExp(`^${name} +(\\S+)`, "m").exec(printed)?.[1];
  const [origin, email, password] = ["Open", "Demo user:", "Password:"].map(said);
  const answer = await fetch(`${origin}/auth/login`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Origin: origin },
    body: JSON.stringify({ email, password, mode: "cookie" }),
  });
  assert.equal(answer.status, 200, printed);
  assert.equal((await fetch(`${origin}/login`)).status, 200);

  demo.kill("SIGINT");
  assert.deepEqual(await ended, [0, null]);
  await assert.rejects(fetch(origin), "nobody listens any more");
});
