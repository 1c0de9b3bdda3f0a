// The page of `tollgate serve`, as a newcomer uses it: every control by the name that a screen reader says.

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { require } from "./packages.js";
import { setStage } from "./stage.js";

const stage = await setStage("page");
const { proxy, server } = stage;

const SCREENSHOTS = fileURLToPath(new URL("../../target/browser/screenshots", import.meta.url));
const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
await mkdir(SCREENSHOTS, { recursive: true });

/** Somebody who has the page in front of them; what the console says is kept. */
async function newcomer(options) {
  const visitor = await stage.visitor(options);
  const errors = [];
  visitor.context.on("console", (message) => {
    if (message.type() === "error") errors.push(`${message.text()} (${message.location().url})`);
  });
  const page = await visitor.context.newPage();
  await page.goto("/");
  await page.getByRole("heading", { name: "Welcome" }).waitFor();
  return { visitor, page, errors };
}

async function logIn(page, { email, password } = server.demo) {
  await page.getByLabel("E-mail address").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
}

async function loggedIn(page, email = server.demo.email) {
  await page.getByRole("status").filter({ hasText: /^Logged in/ }).waitFor();
  await page.getByRole("region", { name: "Account" }).getByText(email).waitFor();
}

/** The newest line of what was on the wire: the call and what came of it. */
const newest = (page) => page.getByRole("list", { name: "On the wire" }).getByRole("listitem").first().locator("summary");

const loggedOut = (page) => page.getByRole("main").getByText("You are logged out, here and in every other tab.").waitFor();

async function press(page, name, outcome) {
  await page.getByRole("button", { name }).click();
  await newest(page).getByText(outcome).waitFor();
}

test("a newcomer logs in, looks at the token, calls, refreshes and logs out, and the console has no error", async () => {
  const { visitor, page, errors } = await newcomer();
  await visitor.context.clock.install();
  await page.reload();
  await logIn(page);
  await loggedIn(page);

  const timer = page.getByRole("timer", { name: "Time until the token expires" });
  const time = await timer.innerText();
  await visitor.context.clock.runFor(3000);
  assert.notEqual(await timer.innerText(), time);
  for (const claim of ["iss", "aud", "sub", "exp", "jti", "sid", "scope"]) {
    await page.getByRole("term").filter({ hasText: new RegExp(`^${claim}$`) }).first().waitFor();
  }

  await press(page, "GET /me", "200");
  await press(page, "GET /reports", "200");
  const jti = () => page.locator("#token-id code.value").innerText();
  const before = await jti();
  await visitor.context.clock.fastForward("01:00");
  await press(page, "Refresh now", "POST /auth/refresh");
  assert.notEqual(await jti(), before);

  await page.getByRole("button", { name: "Log out" }).click();
  await loggedOut(page);
  assert.deepEqual(errors, []);
  assert.deepEqual(visitor.complaints, []);
});

test("a reload shows the same person, and a second tab, too", async () => {
  const { visitor, page } = await newcomer();
  await logIn(page);
  await loggedIn(page);
  await page.reload();
  await loggedIn(page);
  const [second] = await Promise.all([
    visitor.context.waitForEvent("page"),
    page.getByRole("link", { name: "Open a second tab" }).click(),
  ]);
  await loggedIn(second);
  await page.getByText("Another tab").first().waitFor();
  await second.getByRole("button", { name: "Log out" }).click();
  await loggedOut(page);
});

test("a call without a token is a 401, one with a damaged token, too, and one without the scope a 403", async () => {
  const { page } = await newcomer();
  await server.addUser("nobody@example.com", "");
  const password = "canary-password of a browser test";
  await logIn(page, { email: "nobody@example.com", password });
  await loggedIn(page, "nobody@example.com");
  await press(page, "Without a token", "401");
  await press(page, "With a damaged one", "401");
  await press(page, "GET /reports", "403");
  await press(page, "GET /me", "200");
});

test("the thief is played to the end, and the page's own session goes on", async () => {
  const { page } = await newcomer();
  await logIn(page);
  await loggedIn(page);
  await page.getByLabel("Your password, once more").fill(server.demo.password);
  await page.getByRole("button", { name: "Play the thief" }).click();
  const story = page.getByRole("list", { name: "What happens" });
  await story.getByText("The thief was found out").waitFor();
  const told = await story.innerText();
  assert.match(told, /reused/);
  assert.match(told, /revoked/);
  await press(page, "GET /me", "200");
});

test("a wrong password is told, and the field to mend has the focus", async () => {
  const { page } = await newcomer();
  await logIn(page, { ...server.demo, password: "not the password" });
  await page.getByRole("alert").filter({ hasText: "Wrong e-mail address or password." }).waitFor();
  assert.equal(await page.getByLabel("Password", { exact: true }).evaluate((field) => field === document.activeElement), true);
});

test("who guesses too often sees how long to wait", async () => {
  const { page } = await newcomer();
  const user = await server.addUser("forgetful@example.com");
  for (let guess = 0; guess < 6; guess += 1) {
    await logIn(page, { ...user, password: `guess number ${guess}` });
    await page.waitForFunction(() => !document.querySelector("#submit.busy") && document.querySelector("#problem").textContent);
    if (await page.getByText("Too many attempts").isVisible()) break;
  }
  await page.getByText(/Try again in \d+ s\./).waitFor();
});

test("a server that is away is told, and the page goes on when it is back", async () => {
  const { page } = await newcomer();
  await logIn(page);
  await loggedIn(page);
  await proxy.refuseConnections();
  try {
    await page.getByRole("button", { name: "GET /me" }).click();
    await newest(page).getByText("no answer").waitFor();
  } finally {
    await proxy.acceptConnections();
  }
  await press(page, "GET /me", "200");
});

/** What is looked at, and how one gets there. */
const VIEWS = {
  "logged-out": async () => {},
  "wrong-password": async (page) => {
    await logIn(page, { ...server.demo, password: "not the password" });
    await page.getByText("Wrong e-mail address or password.").waitFor();
  },
  "logged-in": async (page) => {
    await logIn(page);
    await loggedIn(page);
    await press(page, "GET /me", "200");
    await press(page, "Without a token", "401");
  },
  thief: async (page) => {
    await logIn(page);
    await loggedIn(page);
    await page.getByLabel("Your password, once more").fill(server.demo.password);
    await page.getByRole("button", { name: "Play the thief" }).click();
    await page.getByText("The thief was found out").waitFor();
  },
};
const WIDTHS = { narrow: { width: 360, height: 740 }, wide: { width: 1280, height: 900 } };

for (const [view, reach] of Object.entries(VIEWS)) {
  test(`everybody can use the page: ${view}, in light and dark, narrow and wide`, async () => {
    const { page } = await newcomer({ viewport: WIDTHS.wide, reducedMotion: "reduce" });
    await reach(page);
    await page.evaluate(AXE);
    for (const colorScheme of ["light", "dark"]) {
      for (const [width, size] of Object.entries(WIDTHS)) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize(size);
        const name = `${view}-${colorScheme}-${width}`;
        await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true });
        assert.deepEqual(await violations(page), [], name);
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name} scrolls sideways`);
      }
    }
  });
}

async function violations(page) {
  const { violations } = await page.evaluate(() => window.axe.run());
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${target} ${failureSummary}`));
}

test("the keyboard reaches everything in the order of the page, and the focus is seen", async () => {
  const { page } = await newcomer();
  await logIn(page);
  await loggedIn(page);
  await page.evaluate(() => document.activeElement?.blur());
  const order = [];
  for (let step = 0; step < 60; step += 1) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate(() => {
      const { activeElement: element } = document;
      if (element === document.body) return null;
      const { outlineStyle, boxShadow } = getComputedStyle(element);
      const position = [...document.querySelectorAll("*")].indexOf(element);
      return { position, seen: outlineStyle !== "none" || boxShadow !== "none", name: element.textContent.trim() || element.id };
    });
    if (!stop || order.some(({ position }) => position === stop.position)) break;
    order.push(stop);
  }
  const positions = order.map(({ position }) => position);
  assert.deepEqual(positions, positions.toSorted((one, other) => one - other));
  assert.deepEqual(order.filter(({ seen }) => !seen), []);
  for (const name of ["GET /me", "Refresh now", "Log out", "Play the thief"]) {
    assert.ok(order.some((stop) => stop.name.startsWith(name)), `${name} is reached`);
  }
});
