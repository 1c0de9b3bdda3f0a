// A `tollgate serve` with a data directory of its own, gone when the tests are over.

import { spawn } from "node:child_process";
import { appendFile, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { createWriteStream } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const REPOSITORY = fileURLToPath(new URL("../..", import.meta.url));
const BINARY = process.env.TOLLGATE_BIN ?? join(REPOSITORY, "target/debug/tollgate");
/** What is logged here is searched for secrets by the step `logs`. */
const LOGS = join(REPOSITORY, "target/test-logs");

/** A running server. */
export class Server {
  #process;
  #data;
  #variables;

  /** Every line that it logged, parsed. */
  events = [];

  /** Starts one on a free port; `variables` are settings such as TOLLGATE_ACCESS_TTL. */
  static async start(name, variables = {}) {
    const server = new Server();
    server.#data = await mkdtemp(join(tmpdir(), "tollgate-browser-"));
    server.#variables = { RUST_LOG: "trace", ...variables };
    await mkdir(LOGS, { recursive: true });
    server.#process = server.#spawn(["serve", "--listen", "127.0.0.1:0", "--log-format", "json"]);
    server.#keepLog(createWriteStream(join(LOGS, `browser-${name}.log`)));
    server.url = await server.#greeting();
    server.demo = JSON.parse(await readFile(join(server.#data, "demo-user.json"), "utf8"));
    await server.#forbidSecrets();
    return server;
  }

  /** Somebody else who may log in; a log-in that is throttled must not hinder another test. */
  async addUser(email, scope = "reports:read") {
    const password = "canary-password of a browser test";
    const add = this.#spawn(["users", "add", email, "--scope", scope, "--password-stdin"]);
    add.stdin.end(`${password}\n`);
    const said = [];
    add.stderr.on("data", (chunk) => said.push(chunk));
    const status = await new Promise((resolve) => add.once("close", resolve));
    if (status !== 0) throw new Error(`tollgate users add ${email}: ${Buffer.concat(said)}`);
    return { email, password };
  }

  /** The logged events of this name, such as "refresh.reuse_detected". */
  logged(name, since = 0) {
    return this.events.slice(since).filter(({ event }) => event === name);
  }

  async stop() {
    const ended = new Promise((resolve) => this.#process.once("close", resolve));
    this.#process.kill("SIGTERM");
    const impatient = setTimeout(() => this.#process.kill("SIGKILL"), 5000);
    await ended;
    clearTimeout(impatient);
    await rm(this.#data, { recursive: true, force: true });
  }

  #spawn(parameters) {
    return spawn(BINARY, [...parameters, "--data-dir", this.#data], {
      cwd: REPOSITORY,
      env: { ...process.env, ...this.#variables },
    });
  }

  #keepLog(file) {
    createInterface({ input: this.#process.stderr }).on("line", (line) => {
      file.write(`${line}\n`);
      // The whole log is in the file; what the tests ask about is in the events.
      if (line.includes('"event":')) this.events.push(JSON.parse(line));
    });
  }

  #greeting() {
    return new Promise((resolve, reject) => {
      this.#process.once("error", (error) => reject(new Error(`${BINARY} does not start: ${error.message}`)));
      this.#process.once("close", (status) => reject(new Error(`tollgate serve ended with ${status}; see ${LOGS}`)));
      createInterface({ input: this.#process.stdout }).on("line", (line) => {
        const url = line.match(/http:\/\/[\w.]+:\d+/);
        if (url) resolve(url[0]);
      });
    });
  }

  async #forbidSecrets() {
    const keys = await Promise.all(["access.key", "refresh.key"].map((name) => readFile(join(this.#data, name), "utf8")));
    const secrets = keys.flatMap((text) => text.split("\n")).filter((line) => line && !line.startsWith("#"));
    const words = [this.demo.password, "canary-password", ...secrets];
    await appendFile(join(LOGS, "canaries.txt"), words.map((word) => `${word}\n`).join(""));
  }
}
