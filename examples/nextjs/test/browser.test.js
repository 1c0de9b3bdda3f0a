// The app as somebody sees it who sits in front of it.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { chromium } from "playwright-core";
import { EXAMPLE } from "../scripts/servers.js";
import { startWorld } from "./world.js";

const SCREENSHOTS = process.env.TOLLGATE_SCREENSHOTS ?? resolve(EXAMPLE, "../../target/browser/screenshots");

let world;
let browser;
let context;
let page;
/** What went wrong in a page without anybody seeing it. */
let faults = [];

before(async () => {
  assert.ok(process.env.TOLLGATE_CHROMIUM, "TOLLGATE_CHROMIUM must name Chromium's executable");
  mkdirSync(SCREENSHOTS, { recursive: true });
  world = await startWorld();
  browser = await chromium.launch({ executablePath: process.env.TOLLGATE_CHROMIUM });
});
after(async () => {
  await browser?.close();
  await world?.stop();
});
afterEach(async () => {
  await context?.close();
  assert.deepEqual(faults.splice(0), []);
});

async function visit(path, options) {
  context = await browser.newContext({ baseURL: world.origin, viewport: { width: 1024, height: 720 }, ...options });
  page = await openTab(path);
}

async function openTab(path) {
  const tab = await context.newPage();
  tab.on("pageerror", (error) => faults.push(error.message));
  // What the browser itself says about a 401 is no fault of the page.
  tab.on("console", (message) => {
    if (message.type() === "error" && !/^Failed to load resource/.test(message.text())) faults.push(message.text());
  });
  await tab.goto(path);
  return tab;
}

async function signIn(user = world.demo, tab = page) {
  await tab.getByLabel("Email address").fill(user.email);
  await tab.getByLabel("Password").fill(user.password);
  await tab.getByRole("button", { name: "Sign in", exact: true }).click();
}

const shows = (heading, tab = page) => tab.getByRole("heading", { level: 1, name: heading }).waitFor();
const says = (text, tab = page) => tab.getByText(text).first().waitFor();
const photograph = (name) => page.screenshot({ path: join(SCREENSHOTS, `nextjs-${name}.png`), fullPage: true });

describe("a visitor who is not signed in", () => {
  for (const [path, heading] of [
    ["/account", "In the browser"],
    ["/overview", "On the server"],
  ]) {
    it(`is sent from ${path} to the login page, and back after signing in`, async () => {
      await visit(path);
      await shows("Sign in");
      assert.equal(new URL(page.url()).searchParams.get("next"), path);
      await signIn();
      await shows(heading);
      await page.locator("dd", { hasText: world.demo.email }).waitFor();
      await says("No reports so far.");
      await photograph(path.slice(1));
    });
  }

  it("learns that a password is wrong, and can go on typing", async () => {
    await visit("/login");
    await signIn({ ...world.demo, password: "wrong" });
    await page.getByRole("alert").filter({ hasText: "do not belong together" }).waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.name), "password");
    await photograph("wrong-password");
    await signIn();
    await shows("In the browser");
  });

  it("learns when to try again after too many wrong passwords", async () => {
    const user = world.addUser("guessed@example.com", "");
    await visit("/login");
    const throttled = page.getByText("Try again in a minute");
    for (let guess = 0; guess < 8 && !(await throttled.isVisible()); guess++) {
      await signIn({ ...user, password: `wrong ${guess}` });
      await page.getByRole("button", { name: "Sign in", exact: true }).and(page.locator("[aria-disabled=false]")).waitFor();
    }
    await throttled.waitFor();
    await photograph("too-many-attempts");
  });

  it("is told when the browser does not keep the cookie, and not sent around for ever", async () => {
    await visit("/overview");
    await context.route("**/session", (route) =>
      route.request().method() === "POST" ? route.fulfill({ status: 204 }) : route.continue(),
    );
    await signIn();
    await page.getByRole("alert").filter({ hasText: "does your browser keep cookies" }).waitFor();
  });

  it("is not sent to another site after signing in", async () => {
    for (const next of ["https://example.com/", "//example.com/", "/\\example.com/", "/.//example.com/", "javascript:alert(1)"]) {
      await visit(`/login?next=${encodeURIComponent(next)}`);
      await signIn();
      await shows("In the browser");
      assert.equal(new URL(page.url()).origin, world.origin, next);
      await context.close();
    }
  });
});

describe("a session", () => {
  it("outlives a reload, on either page", async () => {
    await visit("/login?next=/overview");
    await signIn();
    await shows("On the server");
    await page.reload();
    await shows("On the server");
    await page.goto("/account");
    await says("No reports so far.");
  });

  it("is known to the server by the page's newest token", async () => {
    const sessionCookie = async () => (await context.cookies()).find(({ name }) => name === "__Host-session").value;
    await visit("/login?next=/account");
    await signIn();
    await shows("In the browser");
    const first = await sessionCookie();
    await page.reload();
    await says("No reports so far.");
    assert.notEqual(await sessionCookie(), first);
  });

  it("comes back when the token of the server is gone and the refresh token is not", async () => {
    await visit("/login?next=/overview");
    await signIn();
    await shows("On the server");
    await context.clearCookies({ name: "__Host-session" });
    await page.reload();
    await shows("On the server");
    await page.locator("dd", { hasText: world.demo.email }).waitFor();
  });

  it("ends at once in every tab with the sign-out in one", async () => {
    await visit("/login?next=/account");
    await signIn();
    await shows("In the browser");
    const second = await openTab("/overview");
    await shows("On the server", second);
    await page.getByRole("button", { name: "Sign out" }).click();
    await shows("Sign in");
    await photograph("signed-out");
    await shows("Sign in", second);
    await second.goto("/overview");
    await shows("Sign in", second);
    assert.deepEqual(await context.cookies(), [], "neither the access nor the refresh token is left");
  });

  it("does not show reports to an account that may not see them", async () => {
    await visit("/login?next=/account");
    await signIn(world.addUser("viewer@example.com", ""));
    await says("Your account may not see this.");
    await photograph("account-without-scope");
    const answer = await page.goto("/overview");
    assert.equal(answer.status(), 403);
    await shows("Not for this account");
    await photograph("forbidden");
  });

  it("that ended elsewhere says so", async () => {
    const user = world.addUser("leaver@example.com", "reports:read");
    await visit("/login?next=/overview");
    await signIn(user);
    await shows("On the server");
    world.disableUser(user);
    await page.reload();
    await shows("Sign in");
    await says("Your session was ended");
    await photograph("ended");
    assert.equal((await context.cookies()).find(({ name }) => name === "__Host-session"), undefined);
  });

  it("of somebody else shows their page, and not the one of before", async () => {
    const other = world.addUser("other@example.com", "reports:read");
    await visit("/login?next=/overview");
    await signIn();
    await page.locator("dd", { hasText: world.demo.email }).waitFor();
    // As if this tab had slept while another one signed out and in.
    await page.evaluate(async (user) => {
      const headers = { "Content-Type": "application/json" };
      await fetch("/auth/login", { method: "POST", headers, body: JSON.stringify({ ...user, mode: "cookie" }) });
    }, other);
    await page.reload();
    await page.locator("dd", { hasText: other.email }).waitFor();
  });

  it("is not given up while the server cannot be reached", async () => {
    await visit("/login?next=/account");
    await signIn();
    await shows("In the browser");
    await context.route("**/auth/refresh", (route) => route.abort());
    await page.reload();
    await page.getByRole("alert").filter({ hasText: "Your session is not lost" }).waitFor();
    await photograph("unavailable");
    await context.unroute("**/auth/refresh");
    await page.getByRole("button", { name: "Try again" }).click();
    await says("No reports so far.");
  });
});

describe("the pages", () => {
  it("can be used with the keyboard alone", async () => {
    await visit("/login?next=/account");
    await page.getByLabel("Email address").waitFor();
    await page.keyboard.type(world.demo.email);
    await page.keyboard.press("Tab");
    await page.keyboard.type(world.demo.password);
    await page.keyboard.press("Enter");
    await shows("In the browser");
    await page.reload();
    await page.getByRole("button", { name: "Sign out" }).waitFor();
    const order = [];
    for (let step = 0; step < 5; step++) {
      await page.keyboard.press("Tab");
      order.push(await page.evaluate(() => document.activeElement.textContent));
    }
    assert.deepEqual(order, ["Skip to the page", "Start", "In the browser", "On the server", "Sign out"]);
    await page.keyboard.press("Enter");
    await shows("Sign in");
  });

  for (const [name, options] of Object.entries({
    "dark": { colorScheme: "dark" },
    "narrow": { viewport: { width: 360, height: 640 } },
  })) {
    it(`can be looked at: ${name}`, async () => {
      await visit("/", options);
      await page.getByRole("banner").getByRole("link", { name: "Sign in" }).waitFor();
      await photograph(`start-${name}`);
      await page.goto("/login?next=/overview");
      await page.getByLabel("Email address").waitFor();
      await photograph(`login-${name}`);
      await signIn();
      await shows("On the server");
      await photograph(`overview-${name}`);
      const [width, visible] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      assert.ok(width <= visible, "nothing to scroll sideways");
    });
  }
});
