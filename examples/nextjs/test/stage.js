// What a file of tests plays on: the app beside Tollgate, and somebody in front of it with a browser.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { after, afterEach, before } from "node:test";
import { chromium } from "playwright-core";
import { EXAMPLE } from "../scripts/servers.js";
import { startWorld } from "./world.js";

const SCREENSHOTS = process.env.TOLLGATE_SCREENSHOTS ?? resolve(EXAMPLE, "../../target/browser/screenshots");

/** Sets one up, which is taken down after the tests of the file. In a page nothing may go wrong without anybody seeing it. */
export function setStage(options) {
  const stage = { visit, openTab };
  const contexts = [];
  const faults = [];
  let browser;

  before(async () => {
    assert.ok(process.env.TOLLGATE_CHROMIUM, "TOLLGATE_CHROMIUM must name Chromium's executable");
    mkdirSync(SCREENSHOTS, { recursive: true });
    stage.world = await startWorld(options);
    browser = await chromium.launch({
      executablePath: process.env.TOLLGATE_CHROMIUM,
      // Pages are kept for the back button as a user has them, if this browser can.
      ignoreDefaultArgs: ["--disable-back-forward-cache"],
    });
  });
  after(async () => {
    await browser?.close();
    await stage.world?.stop();
  });
  afterEach(async () => {
    stage.world.calm();
    await Promise.all(contexts.splice(0).map((context) => context.close()));
    assert.deepEqual(faults.splice(0), []);
  });

  /** Opens a page in a browser of its own; `prepare` may change the browser before. */
  async function visit(path, { prepare = () => {}, ...options } = {}) {
    const size = { width: 1024, height: 720 };
    const context = await browser.newContext({ baseURL: stage.world.origin, viewport: size, ...options });
    contexts.push(context);
    await prepare(context);
    return openTab(context, path);
  }

  async function openTab(context, path) {
    const tab = await context.newPage();
    tab.on("pageerror", (error) => faults.push(error.message));
    // What the browser itself says about a 401 is no fault of the page.
    tab.on("console", (message) => {
      if (message.type() === "error" && !/^Failed to load resource/.test(message.text())) faults.push(message.text());
    });
    await tab.goto(path);
    return tab;
  }

  return stage;
}

export async function signIn(tab, { email, password }) {
  await tab.getByLabel("Email address").fill(email);
  await tab.getByLabel("Password").fill(password);
  await tab.getByRole("button", { name: "Sign in", exact: true }).click();
}

export const shows = (tab, heading) => tab.getByRole("heading", { level: 1, name: heading }).waitFor();
export const says = (tab, text) => tab.getByText(text).first().waitFor();
export const names = (tab, email) => tab.getByRole("definition").filter({ hasText: email }).waitFor();
export const warns = (tab, text) => tab.getByRole("alert").filter({ hasText: text }).first().waitFor();
export const photograph = (tab, name) => tab.screenshot({ path: join(SCREENSHOTS, `nextjs-${name}.png`), fullPage: true });
