// The app as somebody sees it who sits in front of it.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { names, photograph, says, setStage, shows, signIn, warns } from "./stage.js";

const stage = setStage();

describe("a visitor who is not signed in", () => {
  for (const [path, heading] of [
    ["/account", "In the browser"],
    ["/overview", "On the server"],
  ]) {
    it(`is sent from ${path} to the login page, and back after signing in`, async () => {
      const page = await stage.visit(path);
      await shows(page, "Sign in");
      assert.equal(new URL(page.url()).searchParams.get("next"), path);
      await signIn(page, stage.world.demo);
      await shows(page, heading);
      await names(page, stage.world.demo.email);
      await says(page, "No reports so far.");
      await photograph(page, path.slice(1));
    });
  }

  it("is sent there by a link, too, and gets where it leads after signing in", async () => {
    const page = await stage.visit("/");
    await page.getByRole("link", { name: "Open the overview" }).click();
    await shows(page, "Sign in");
    await signIn(page, stage.world.demo);
    await shows(page, "On the server");
  });

  it("learns that a password is wrong, and can go on typing", async () => {
    const page = await stage.visit("/login");
    await signIn(page, { ...stage.world.demo, password: "wrong" });
    await warns(page, "do not belong together");
    assert.equal(await page.evaluate(() => document.activeElement.name), "password");
    await photograph(page, "wrong-password");
    await signIn(page, stage.world.demo);
    await shows(page, "In the browser");
  });

  it("learns when to try again after too many wrong passwords", async () => {
    const user = stage.world.addUser("guessed@example.com", "");
    const page = await stage.visit("/login");
    const throttled = page.getByText("Try again in a minute");
    for (let guess = 0; guess < 8 && !(await throttled.isVisible()); guess++) {
      await signIn(page, { ...user, password: `wrong ${guess}` });
      await page.getByRole("button", { name: "Sign in", exact: true }).and(page.locator("[aria-disabled=false]")).waitFor();
    }
    await throttled.waitFor();
    await photograph(page, "too-many-attempts");
  });

  it("is told when the browser does not keep the cookie, and not sent around for ever", async () => {
    const page = await stage.visit("/overview");
    await page.context().route("**/session", (route) =>
      route.request().method() === "POST" ? route.fulfill({ status: 204 }) : route.continue(),
    );
    await signIn(page, stage.world.demo);
    await warns(page, "does your browser keep cookies");
  });

  it("is not sent to another site after signing in", async () => {
    for (const next of ["https://example.com/", "//example.com/", "/\\example.com/", "/.//example.com/", "javascript:alert(1)"]) {
      const page = await stage.visit(`/login?next=${encodeURIComponent(next)}`);
      await signIn(page, stage.world.demo);
      await shows(page, "In the browser");
      assert.equal(new URL(page.url()).origin, stage.world.origin, next);
      await page.context().close();
    }
  });
});

describe("a session", () => {
  it("outlives a reload, on either page", async () => {
    const page = await stage.visit("/login?next=/overview");
    await signIn(page, stage.world.demo);
    await shows(page, "On the server");
    await page.reload();
    await shows(page, "On the server");
    await page.goto("/account");
    await says(page, "No reports so far.");
  });

  it("is known to the server by the page's newest token", async () => {
    const sessionCookie = async () => (await page.context().cookies()).find(({ name }) => name === "__Host-session").value;
    const page = await stage.visit("/login?next=/account");
    await signIn(page, stage.world.demo);
    await shows(page, "In the browser");
    const first = await sessionCookie();
    await page.reload();
    await says(page, "No reports so far.");
    assert.notEqual(await sessionCookie(), first);
  });

  it("comes back when the token of the server is gone and the refresh token is not", async () => {
    const page = await stage.visit("/login?next=/overview");
    await signIn(page, stage.world.demo);
    await shows(page, "On the server");
    await page.context().clearCookies({ name: "__Host-session" });
    await page.reload();
    await shows(page, "On the server");
    await names(page, stage.world.demo.email);
  });

  it("ends at once in every tab with the sign-out in one", async () => {
    const page = await stage.visit("/login?next=/account");
    await signIn(page, stage.world.demo);
    await shows(page, "In the browser");
    const second = await stage.openTab(page.context(), "/overview");
    await shows(second, "On the server");
    await page.getByRole("button", { name: "Sign out" }).click();
    await shows(page, "Sign in");
    await shows(second, "Sign in");
    for (const tab of [page, second]) await says(tab, "You are signed out, here and in every other tab.");
    await photograph(second, "signed-out-elsewhere");
    await second.goto("/overview");
    await shows(second, "Sign in");
    assert.deepEqual(await page.context().cookies(), [], "neither the access nor the refresh token is left");
  });

  it("does not show reports to an account that may not see them", async () => {
    const page = await stage.visit("/login?next=/account");
    await signIn(page, stage.world.addUser("viewer@example.com", ""));
    await says(page, "Your account may not see this.");
    await photograph(page, "account-without-scope");
    const answer = await page.goto("/overview");
    assert.equal(answer.status(), 403);
    await shows(page, "Not for this account");
    await photograph(page, "forbidden");
  });

  it("that ended elsewhere says so", async () => {
    const user = stage.world.addUser("leaver@example.com", "reports:read");
    const page = await stage.visit("/login?next=/overview");
    await signIn(page, user);
    await shows(page, "On the server");
    stage.world.disableUser(user);
    await page.reload();
    await shows(page, "Sign in");
    await says(page, "Your session was ended");
    await photograph(page, "ended");
    assert.equal((await page.context().cookies()).find(({ name }) => name === "__Host-session"), undefined);
  });

  it("of somebody else shows their page, and not the one of before", async () => {
    const other = stage.world.addUser("other@example.com", "reports:read");
    const page = await stage.visit("/login?next=/overview");
    await signIn(page, stage.world.demo);
    await names(page, stage.world.demo.email);
    // As if this tab had slept while another one signed out and in.
    await page.evaluate(async (user) => {
      const headers = { "Content-Type": "application/json" };
      await fetch("/auth/login", { method: "POST", headers, body: JSON.stringify({ ...user, mode: "cookie" }) });
    }, other);
    await page.reload();
    await names(page, other.email);
  });

  it("is not given up while the server cannot be reached", async () => {
    const page = await stage.visit("/login?next=/account");
    await signIn(page, stage.world.demo);
    await shows(page, "In the browser");
    await page.context().route("**/auth/refresh", (route) => route.abort());
    await page.reload();
    await warns(page, "Your session is not lost");
    await photograph(page, "unavailable");
    await page.context().unroute("**/auth/refresh");
    await page.getByRole("button", { name: "Try again" }).click();
    await says(page, "No reports so far.");
  });
});

describe("the pages", () => {
  it("can be used with the keyboard alone", async () => {
    const page = await stage.visit("/login?next=/account");
    await page.getByLabel("Email address").waitFor();
    await page.keyboard.type(stage.world.demo.email);
    await page.keyboard.press("Tab");
    await page.keyboard.type(stage.world.demo.password);
    await page.keyboard.press("Enter");
    await shows(page, "In the browser");
    await page.reload();
    await page.getByRole("button", { name: "Sign out" }).waitFor();
    const order = [];
    for (let step = 0; step < 5; step++) {
      await page.keyboard.press("Tab");
      order.push(await page.evaluate(() => document.activeElement.textContent));
    }
    assert.deepEqual(order, ["Skip to the page", "Start", "In the browser", "On the server", "Sign out"]);
    await page.keyboard.press("Enter");
    await shows(page, "Sign in");
  });
});
