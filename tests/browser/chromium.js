// Chromium, as `cargo xtask browser` found it.

import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { require } from "./packages.js";

const { chromium } = require("playwright-core");

const PROGRAM = process.env.TOLLGATE_CHROMIUM;

/** Starts it; without Playwright's flag against it, pages are kept for the back button as a user has them. */
export async function launch() {
  if (!PROGRAM) throw new Error("TOLLGATE_CHROMIUM names no Chromium; run cargo xtask browser, which finds one");
  return chromium.launch({
    executablePath: PROGRAM,
    headless: process.env.TOLLGATE_HEADED !== "1",
    ignoreDefaultArgs: ["--disable-back-forward-cache"],
    env: { ...process.env, ...libraries() },
  });
}

/** The one from npm brings the libraries that a machine without a desktop lacks. */
function libraries() {
  const folder = join(dirname(PROGRAM), "lib");
  return existsSync(folder) ? { LD_LIBRARY_PATH: folder } : {};
}
