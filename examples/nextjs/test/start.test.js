// The app does not start with settings under which it would refuse everybody.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, it } from "node:test";
import { freePort, settings, startNext } from "../scripts/servers.js";

const folder = mkdtempSync(join(tmpdir(), "tollgate-nextjs-"));
after(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, "access.key"), "x".repeat(40), { mode: 0o600 });
const good = settings("http://127.0.0.1:8787", folder);

const wrong = {
  "no address of Tollgate": { TOLLGATE_URL: "" },
  "an address that is none": { TOLLGATE_URL: "tollgate" },
  "an address with a path": { TOLLGATE_URL: "https://api.example.com/prod" },
  "no issuer": { TOLLGATE_ISSUER: "" },
  "no audience": { TOLLGATE_AUDIENCE: "" },
  "no key": { TOLLGATE_ACCESS_KEY: "" },
  "a key file that is not there": { TOLLGATE_ACCESS_KEY: "file:///nowhere/access.key" },
  "a key that is too short": { TOLLGATE_ACCESS_KEY: "correct horse" },
};

for (const [name, change] of Object.entries(wrong)) {
  it(name, async () => {
    const [[variable, value]] = Object.entries(change);
    const lines = [];
    const log = (line) => lines.push(line);
    const started = startNext({ mode: "start", port: await freePort(), environment: { ...good, ...change }, log });
    const running = await started.catch(() => null);
    await running?.ended;
    const complaint = lines.find((line) => line.startsWith("The app cannot start: "));
    assert.match(complaint ?? lines.join("\n"), new RegExp(`^The app cannot start: ${variable}`));
    if (value && !value.startsWith("file:")) assert.ok(!complaint.includes(value), complaint);
  });
}
