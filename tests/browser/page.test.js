// The page of `tollgate serve`, as a newcomer uses it: every control by the name that a screen reader says.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { logIn, loggedIn, loggedOut, newcomer, photograph, press, resident, secondTab, wire } from "./newcomer.js";
import { require } from "./packages.js";
import { setStage } from "./stage.js";
import { SIZES, assertUsable } from "./usable.js";

const stage = await setStage("page");
const { proxy, server } = stage;

const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

test("a newcomer logs in, looks at the token, calls, refreshes and logs out, and the console has no error", async () => {
  const { visitor, page, errors } = await resident(stage, { prepare: (context) => context.clock.install() });

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
  await press(page, "Refresh now", "200");
  assert.notEqual(await jti(), before);

  await page.getByRole("button", { name: "Log out" }).click();
  await loggedOut(page);
  assert.deepEqual(errors, []);
  assert.deepEqual(visitor.complaints, []);
});

test("a reload shows the same person, and a second tab, too", async () => {
  const { visitor, page } = await resident(stage);
  await page.reload();
  await loggedIn(page, server.demo.email);
  const second = await secondTab(visitor, page);
  await page.getByText("Another tab").first().waitFor();
  await second.getByRole("button", { name: "Log out" }).click();
  await loggedOut(page);
});

test("a call without a token is a 401, one with a damaged token, too, and one without the scope a 403", async () => {
  const { page } = await newcomer(stage);
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
  const { page } = await resident(stage);
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
  const { page } = await newcomer(stage);
  await logIn(page, { ...server.demo, password: "not the password" });
  await page.getByRole("alert").filter({ hasText: "Wrong e-mail address or password." }).waitFor();
  assert.equal(await page.getByLabel("Password", { exact: true }).evaluate((field) => field === document.activeElement), true);
});

test("who guesses too often sees how long to wait", async () => {
  const { page } = await newcomer(stage);
  const user = await server.addUser("forgetful@example.com");
  for (let guess = 0; guess < 6; guess += 1) {
    await logIn(page, { ...user, password: `guess number ${guess}` });
    await page.waitForFunction(() => !document.querySelector("#submit.busy") && document.querySelector("#problem").textContent);
    if (await page.getByText("Too many attempts").isVisible()) break;
  }
  await page.getByText(/Try again in \d+ s\./).waitFor();
});

test("a server that is away is told, and the page goes on when it is back", async () => {
  const { page } = await resident(stage);
  await proxy.refuseConnections();
  try {
    await page.getByRole("button", { name: "GET /me" }).click();
    await wire(page).first().getByText("no answer").waitFor();
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
    await logIn(page, server.demo);
    await loggedIn(page, server.demo.email);
    await press(page, "GET /me", "200");
    await press(page, "Without a token", "401");
  },
  "logged-out-again": async (page) => {
    await logIn(page, server.demo);
    await page.getByRole("button", { name: "Log out" }).click();
    await loggedOut(page);
  },
  "server-away": async (page) => {
    await page.clock.install();
    await logIn(page, server.demo);
    await loggedIn(page, server.demo.email);
    proxy.always("POST /auth/refresh", (exchange) => exchange.breakOff());
    await page.clock.fastForward("16:00");
    await page.getByRole("alert").filter({ hasText: "You stay logged in." }).waitFor();
  },
  unavailable: async (page) => {
    await logIn(page, server.demo);
    await loggedIn(page, server.demo.email);
    proxy.always("POST /auth/refresh", (exchange) => exchange.breakOff());
    await page.reload();
    await page.getByRole("heading", { name: "The server does not answer" }).waitFor();
  },
  thief: async (page) => {
    await logIn(page, server.demo);
    await loggedIn(page, server.demo.email);
    await page.getByLabel("Your password, once more").fill(server.demo.password);
    await page.getByRole("button", { name: "Play the thief" }).click();
    await page.getByText("The thief was found out").waitFor();
  },
};

for (const [view, reach] of Object.entries(VIEWS)) {
  test(`everybody can use the page: ${view}, in light and dark, narrow and wide`, async () => {
    const { page } = await newcomer(stage, { viewport: SIZES.wide, reducedMotion: "reduce" });
    await reach(page);
    const whole = (page, name) => photograph(page, name, { fullPage: true });
    await assertUsable(page, view, { axe: AXE, photograph: whole });
  });
}

test("the keyboard reaches everything in the order of the page, and the focus is seen", async () => {
  const { page } = await resident(stage);
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
