// Unpacks the Chromium that lies compressed in the npm package, into the folder that is named.
//
// Not with the package's own code, which asks for a newer Node and unpacks into the folder for temporary files.

import { spawnSync } from "node:child_process";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress } from "node:zlib";

const [packages, folder] = process.argv.slice(2);
const packed = join(packages, "@sparticuz/chromium/bin");

const unpack = (name, target) => pipeline(createReadStream(join(packed, name)), createBrotliDecompress(), target);

await mkdir(folder, { recursive: true });
await unpack("chromium.br", createWriteStream(join(folder, "chromium"), { mode: 0o755 }));
// Libraries that a machine without a desktop lacks. Not through a pipe: tar leaves at the end of the archive, which may be
// before the last of the file, and what is then still written has no reader.
const libraries = join(folder, "libraries.tar");
await unpack("al2023.tar.br", createWriteStream(libraries));
const { status, error } = spawnSync("tar", ["-x", "-f", libraries, "-C", folder], { stdio: "inherit" });
if (status !== 0) throw new Error("tar cannot unpack al2023.tar.br", { cause: error });
await rm(libraries);
