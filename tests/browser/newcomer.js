// Somebody who has the page of `tollgate serve` in front of them, and finds every control by the name that a screen
// reader says.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const SCREENSHOTS = fileURLToPath(new URL("../../target/browser/screenshots", import.meta.url));
mkdirSync(SCREENSHOTS, { recursive: true });

/** Opens the page; `prepare` may change the browser before. What the console says is kept. */
export async function newcomer(stage, { prepare = () => {}, ...options } = {}) {
  const visitor = await stage.visitor(options);
  const errors = [];
  visitor.context.on("console", (message) => {
    if (message.type() === "error") errors.push(`${message.text()} (${message.location().url})`);
  });
  await visitor.context.addInitScript(reportStatus);
  await prepare(visitor.context);
  const page = await visitor.context.newPage();
  await page.goto("/");
  await page.getByRole("heading", { name: "Welcome" }).waitFor();
  return { visitor, page, errors };
}

/** Somebody who has just logged in: from now on, a page that shows them as logged out is a fault. */
export async function resident(stage, options) {
  const { visitor, page, errors } = await newcomer(stage, options);
  await logIn(page, visitor.credentials);
  await loggedIn(page, visitor.credentials.email);
  visitor.states.length = 0;
  return { visitor, page, errors };
}

/** Tells the visitor each status that the page shows, however shortly. */
function reportStatus() {
  addEventListener("DOMContentLoaded", () => {
    const status = document.getElementById("status");
    const tell = () => window.report(status.dataset.status, document.getElementById("notice")?.textContent ?? null);
    if (status) new MutationObserver(tell).observe(status, { attributeFilter: ["data-status"] });
  });
}

export async function logIn(page, { email, password }) {
  await page.getByLabel("E-mail address").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
}

export async function loggedIn(page, email) {
  await page.getByRole("status").filter({ hasText: /^Logged in/ }).waitFor();
  await page.getByRole("region", { name: "Account" }).getByText(email).waitFor();
}

/** Waits for the page to say why nobody is logged in any more. */
export async function loggedOut(page, why = "You are logged out, here and in every other tab.") {
  await page.getByRole("main").getByText(why).waitFor();
  await page.getByRole("button", { name: "Log in" }).waitFor();
}

/** What was on the wire, line by line: a call and what came of it, the newest first. */
export const wire = (page) => page.getByRole("list", { name: "On the wire" }).locator("summary");

/** The calls of buttons that are not named after them. */
const CALLS = { "Without a token": "GET /me", "With a damaged one": "GET /me", "Refresh now": "POST /auth/refresh" };

/** Presses a button, and waits for what comes of its call. */
export async function press(page, name, outcome) {
  const before = await wire(page).count();
  await page.getByRole("button", { name }).click();
  await wire(page).nth(before).waitFor();
  const calls = wire(page).filter({ hasText: CALLS[name] ?? name });
  await calls.first().locator(".outcome", { hasText: outcome }).waitFor();
}

/** Opens the page once more, as its own link does. */
export async function secondTab(visitor, page) {
  const [tab] = await Promise.all([
    visitor.context.waitForEvent("page"),
    page.getByRole("link", { name: "Open a second tab" }).click(),
  ]);
  await loggedIn(tab, visitor.credentials.email);
  return tab;
}

/** Keeps what the page looks like: what is in the window, or all of it. */
export const photograph = (page, name, options) => page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), ...options });
