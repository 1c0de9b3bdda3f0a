// The keys that verify access tokens: one secret on each line, the newest first. `#` begins a comment.

import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";

const SHORTEST = 32;

/** Keys by their `kid`. One that is added to the file, or dropped from it, counts with the next token. */
export class KeyRing {
  readonly #path: string | undefined;
  #seen = "";
  #keys = new Map<string, Uint8Array>();

  /** @param source `file://PATH`, or the secrets themselves */
  constructor(source: string) {
    this.#path = /^file:\/\/(.+)$/.exec(source)?.[1];
    if (!this.#path) this.#keys = keysOf(source);
    else this.#renew(this.#path);
  }

  get(kid: string | undefined): Uint8Array | undefined {
    if (this.#path) this.#renewOrKeep(this.#path);
    return kid === undefined ? undefined : this.#keys.get(kid);
  }

  #renewOrKeep(path: string): void {
    try {
      this.#renew(path);
    } catch (error) {
      // The last good keys go on serving.
      console.error(`The access keys could not be read again: ${(error as Error).message}`);
    }
  }

  /** Whoever changes the keys replaces the file, so asking for its status is enough. */
  #renew(path: string): void {
    const { ino, mtimeMs, size } = statSync(path);
    const seen = `${ino} ${mtimeMs} ${size}`;
    if (seen === this.#seen) return;
    this.#keys = keysOf(readFileSync(path, "utf8"));
    this.#seen = seen;
  }
}

function keysOf(text: string): Map<string, Uint8Array> {
  const lines = text.split("\n").map((line) => line.trim());
  const secrets = lines.filter((line) => line && !line.startsWith("#")).map((line) => Buffer.from(line));
  if (!secrets.length || secrets.some((secret) => secret.length < SHORTEST)) {
    throw new Error(`it needs secrets of at least ${SHORTEST} bytes`);
  }
  return new Map(secrets.map((secret) => [keyId(secret), secret]));
}

/** The `kid` of a secret is derived from it, so nobody has to agree on names. */
function keyId(secret: Uint8Array): string {
  return createHash("sha256").update(secret).digest().subarray(0, 8).toString("base64url");
}
