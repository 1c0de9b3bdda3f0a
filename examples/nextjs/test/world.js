// Tollgate and the built app, for one file of tests.

import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Proxy } from "../../../tests/browser/proxy.js";
import { freePort, settings, startNext, startTollgate, tollgate } from "../scripts/servers.js";

/** With `network`, what goes over it can get lost: between browser and app, and between app and Tollgate. */
export async function startWorld({ network = false } = {}) {
  if (!process.env.TOLLGATE_BIN) throw new Error("TOLLGATE_BIN must name the executable `tollgate`");
  const folder = await mkdtemp(join(tmpdir(), "tollgate-nextjs-"));
  const port = await freePort();
  const front = network && (await Proxy.start(`http://localhost:${port}`));
  const origin = front ? front.origin : `http://localhost:${port}`;
  const servers = [];
  const networks = front ? [front] : [];
  const printed = [];
  const log = (line) => printed.push(line);
  const stop = async () => {
    await Promise.all([...networks, ...servers].map((server) => server.stop()));
    await rm(folder, { recursive: true });
  };
  try {
    servers.push(await startTollgate({ folder, origin, log }));
    if (network) networks.push(await Proxy.start(servers[0].url));
    const url = networks[1]?.origin ?? servers[0].url;
    servers.push(await startNext({ mode: "start", port, environment: settings(url, folder), log }));
  } catch (error) {
    await stop();
    throw new Error(printed.join("\n"), { cause: error });
  }

  const run = (command, input = "") => {
    const [program, ...options] = tollgate();
    const stdio = ["pipe", "ignore", "inherit"];
    execFileSync(program, [...options, "--data-dir", folder, ...command], { input, stdio });
  };
  const keyFile = join(folder, "access.key");
  return {
    origin,
    /** Between browser and app. */
    front,
    /** Between app and Tollgate. */
    behind: networks[1],
    calm: () => networks.forEach((network) => network.calm()),
    /** The lines that Tollgate logged of this event, from one of them on. */
    logged: (event, since = 0) => printed.slice(since).filter((line) => line.includes(event)),
    printed,
    demo: JSON.parse(await readFile(join(folder, "demo-user.json"), "utf8")),
    keyFile,
    /** The secret that signs access tokens. */
    secret: async () => (await readFile(keyFile, "utf8")).split("\n").find((line) => /^[^#]/.test(line)),
    rotateKeys: () => run(["keys", "rotate", "access"]),
    dropKey: (kid) => run(["keys", "drop", kid]),
    /** Adds a user, and gives what they log in with. */
    addUser(email, scope) {
      const password = "here is a password for tests";
      run(["users", "add", email, "--scope", scope, "--password-stdin"], `${password}\n`);
      return { email, password };
    },
    disableUser: ({ email }) => run(["users", "disable", email]),
    stopTollgate: () => servers[0].stop(),
    stop,
  };
}
