// A session as its owner lives it: log in, go on, log out.

import assert from "node:assert/strict";
import { test } from "node:test";
import { leaveAndReturn } from "./back_button.js";
import { answerHtml } from "./proxy.js";
import { setStage } from "./stage.js";

const stage = await setStage("session");
const { proxy, server } = stage;

test("the refresh token is where no script can read it", async () => {
  const visitor = await stage.visitor();
  const tab = await visitor.logIn();
  const { httpOnly, secure, sameSite, path } = await visitor.cookie();
  assert.deepEqual({ httpOnly, secure, sameSite, path }, { httpOnly: true, secure: true, sameSite: "Strict", path: "/auth" });
  const kept = await tab.page.evaluate(() => [document.cookie, JSON.stringify({ ...localStorage, ...sessionStorage })]);
  assert.equal(kept[0], "");
  assert.doesNotMatch(kept[1], /tgr1_|eyJ/);
});

test("a reload keeps the session", async () => {
  const visitor = await stage.visitor();
  const tab = await visitor.logIn();
  await tab.reload();
  assert.equal(await tab.status(), "authenticated");
  assert.equal((await tab.call("user")).value.email, visitor.credentials.email);
  assert.deepEqual(await tab.get("/me"), { value: 200 });
  visitor.assertNeverLoggedOut();
});

test("ten reloads, each as soon as the page is there, keep the session", async () => {
  const visitor = await stage.visitor();
  const tab = await visitor.logIn();
  for (let reload = 0; reload < 10; reload += 1) {
    await tab.page.evaluate(() => location.reload()).catch(() => {});
    await tab.page.waitForFunction(() => window.client);
  }
  await tab.whenReady();
  assert.deepEqual(await tab.get("/me"), { value: 200 });
  visitor.assertNeverLoggedOut();
});

test("a tab that is opened later is logged in", async () => {
  const visitor = await stage.visitor();
  await visitor.logIn();
  const later = await visitor.openTab();
  assert.equal(await later.status(), "authenticated");
  visitor.assertNeverLoggedOut();
});

test("a log-out in one tab is seen in the others", async () => {
  const visitor = await stage.visitor();
  const tab = await visitor.logIn();
  const others = await visitor.openTabs(2);
  await tab.succeed("logout");
  await Promise.all(others.map((other) => other.until("anonymous")));
  for (const other of others) {
    const { error } = await other.get("/me");
    assert.equal(error?.type, "SessionEnded");
    assert.equal(error?.reason, "logged_out");
  }
  assert.equal(await visitor.cookie(), undefined);
  assert.equal(await (await others[0].reload()).status(), "anonymous");
});

test("the back button brings a page back that is still logged in", async (t) => {
  const visitor = await stage.visitor();
  const tab = await visitor.logIn();
  // Somewhere without a client: a message of one would have the browser forget the page that it keeps.
  await leaveAndReturn(tab.page, "/openapi.json", (text) => t.diagnostic(text));
  await tab.whenReady();
  assert.deepEqual(await tab.get("/me"), { value: 200 });
  visitor.assertNeverLoggedOut();
});

test("a log-out is seen by the page that the back button brings back", async () => {
  const visitor = await stage.visitor();
  const tab = await visitor.logIn();
  await tab.page.goto("/harness?elsewhere");
  const elsewhere = await tab.whenReady();
  await elsewhere.succeed("logout");
  await tab.page.goBack({ waitUntil: "commit" });
  await tab.whenReady();
  await tab.until("anonymous");
  assert.equal((await tab.get("/me")).error?.type, "SessionEnded");
});

test("a wrong password says so, and that is all", async () => {
  const visitor = await stage.visitor();
  const tab = await visitor.openTab();
  const { error } = await tab.call("login", { email: visitor.credentials.email, password: "not the password" });
  assert.equal(error.type, "InvalidCredentials");
  assert.equal(await tab.status(), "anonymous");
  await tab.succeed("login", visitor.credentials);
});

test("too many wrong passwords say when the next may be tried", async () => {
  const email = "guessed@example.com";
  await server.addUser(email);
  const tab = await (await stage.visitor()).openTab();
  const errors = [];
  for (let guess = 0; guess < 7; guess += 1) {
    errors.push((await tab.call("login", { email, password: `guess number ${guess}` })).error);
  }
  const last = errors.at(-1);
  assert.equal(last.type, "TooManyAttempts");
  assert.ok(last.retryAfter > 0 && last.retryAfter <= 60, `${last.retryAfter} s`);
});

test("a server that answers HTML is unavailable, and the session outlives it", async () => {
  const visitor = await stage.visitor();
  const tab = await visitor.logIn();
  for (const status of [200, 404, 502]) {
    proxy.always("POST /auth/refresh", answerHtml(status));
    await tab.page.reload();
    await tab.page.waitForFunction(() => window.client?.state().status === "unavailable");
    assert.equal((await tab.get("/me")).error?.type, "Unavailable");
    proxy.calm();
    await tab.reload();
    assert.equal(await tab.status(), "authenticated", `after HTML with ${status}`);
  }
  visitor.assertNeverLoggedOut();
});

test("a log-in at a server that answers HTML is refused in words", async () => {
  const visitor = await stage.visitor();
  const tab = await visitor.openTab();
  for (const status of [200, 404, 502]) {
    proxy.always("POST /auth/login", answerHtml(status));
    assert.equal((await tab.call("login", visitor.credentials)).error?.type, "Unavailable");
    proxy.calm();
  }
});
