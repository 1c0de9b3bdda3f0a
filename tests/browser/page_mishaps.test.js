// What goes wrong around the page of `tollgate serve`, and what somebody who looks at it is told. Nobody honest is
// logged out by any of it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { leaveAndReturn } from "./back_button.js";
import { logIn, loggedIn, loggedOut, newcomer, photograph, press, resident, secondTab, wire } from "./newcomer.js";
import { blockStorage, fillStorage } from "./obstacles.js";
import { answerHtml, loseAnswer, withoutCookies } from "./proxy.js";
import { setStage } from "./stage.js";
import { refreshWith } from "./theft.js";
import { until } from "./until.js";

const stage = await setStage("page_mishaps");
const { proxy, server } = stage;

const REFRESH = "POST /auth/refresh";
const PAST_EXPIRY = "16:00";
const NIGHT = "08:00:00";

const banner = (page) => page.getByRole("alert").filter({ hasText: "The server does not answer. You stay logged in." });
const tokenId = (page) => page.locator("#token-id code.value").innerText();

/** High enough for the log of what was on the wire. */
const viewport = { width: 1280, height: 1000 };

/** Somebody who has just logged in, at a computer whose clock can be stepped. */
async function sleeper(prepare = () => {}) {
  return resident(stage, {
    viewport,
    prepare: async (context) => {
      await context.clock.install();
      await prepare(context);
    },
  });
}

test("somebody logs in, and finds themselves so after a reload", async () => {
  const { visitor, page, errors } = await resident(stage, { viewport });
  await photograph(page, "page-log-in");
  await page.reload();
  await loggedIn(page, server.demo.email);
  await page.getByText(/^This tab has it since .*, from its own refresh\.$/).waitFor();
  await press(page, "GET /me", "200");
  await photograph(page, "page-reload");
  visitor.assertNeverLoggedOut();
  assert.deepEqual(errors, []);
});

for (const count of [2, 5]) {
  test(`${count} tabs refresh at the same instant: one asks, and all of them have its token`, async () => {
    const { visitor, page, errors } = await sleeper();
    const tabs = [page];
    while (tabs.length < count) tabs.push(await secondTab(visitor, page));
    const [before, sent] = [await tokenId(page), proxy.exchanges.length];

    await visitor.context.clock.fastForward(PAST_EXPIRY);
    await Promise.all(tabs.map((tab) => press(tab, "GET /me", "200")));

    const ids = new Set(await Promise.all(tabs.map(renewed(before))));
    assert.equal(ids.size, 1);
    assert.equal(proxy.count(REFRESH, sent), 1);
    await photograph(page, `page-${count}-tabs`, { fullPage: true });
    visitor.assertNeverLoggedOut();
    assert.deepEqual(errors, []);
  });
}

/** The id of a token that a tab shows, once it is another one. */
const renewed = (before) => async (tab) => {
  await tab.waitForFunction((before) => document.querySelector("#token-id code.value").textContent !== before, before);
  return tokenId(tab);
};

test("a laptop that slept past expiry has a new token when it wakes up", async () => {
  const { visitor, page, errors } = await sleeper();
  const before = await tokenId(page);
  await visitor.context.clock.fastForward(NIGHT);
  await renewed(before)(page);
  await press(page, "GET /me", "200");
  await photograph(page, "page-asleep");
  visitor.assertNeverLoggedOut();
  assert.deepEqual(errors, []);
});

test("the network is lost during a refresh: the page says that nobody is logged out, and goes on when it is back", async () => {
  const { visitor, page } = await sleeper();
  const before = await tokenId(page);
  const lost = visitor.context.setOffline.bind(visitor.context, true);
  proxy.always(REFRESH, async (exchange) => {
    await lost();
    await loseAnswer(exchange);
  });
  await visitor.context.clock.fastForward(NIGHT);
  await banner(page).waitFor();
  await photograph(page, "page-network-lost");
  proxy.calm();
  await visitor.context.setOffline(false);
  await banner(page).waitFor({ state: "hidden" });
  await renewed(before)(page);
  await press(page, "GET /me", "200");
  await photograph(page, "page-network-back");
  visitor.assertNeverLoggedOut();
});

test("a page that is loaded while the server is away says so, and finds its session when it is back", async () => {
  const { visitor, page } = await sleeper();
  proxy.always(REFRESH, (exchange) => exchange.breakOff());
  await page.reload();
  await page.getByRole("heading", { name: "The server does not answer" }).waitFor();
  await photograph(page, "page-unavailable");
  proxy.calm();
  await page.getByRole("button", { name: "Try again" }).click();
  await loggedIn(page, server.demo.email);
  visitor.assertNeverLoggedOut();
});

test("an answer that is lost after the server's work is asked for again with the same key", async () => {
  const { visitor, page } = await sleeper();
  await visitor.context.clock.fastForward("01:00");
  const [before, sent] = [await tokenId(page), proxy.exchanges.length];
  proxy.once(REFRESH, loseAnswer);
  await page.getByRole("button", { name: "Refresh now" }).click();
  await renewed(before)(page);
  const [again, first] = [0, 1].map((index) => wire(page).filter({ hasText: REFRESH }).nth(index).locator(".outcome"));
  await first.filter({ hasText: "no answer" }).waitFor();
  await again.filter({ hasText: "200" }).waitFor();
  await wire(page).filter({ hasText: "no answer" }).click();
  await photograph(page, "page-answer-lost", { fullPage: true });
  const [lost, repeated] = proxy.exchanges.slice(sent).filter(({ call }) => call === REFRESH);
  assert.deepEqual([lost.status, lost.arrived], [200, false]);
  assert.equal(repeated.headers["idempotency-key"], lost.headers["idempotency-key"]);
  await press(page, "GET /me", "200");
  visitor.assertNeverLoggedOut();
});

test("a thief who was first is found out, and the owner is told what happened", async () => {
  const { visitor, page } = await sleeper();
  const logged = server.events.length;
  const first = await refreshWith(await visitor.cookie(), proxy.origin);
  const second = await refreshWith(first.cookie, proxy.origin);
  assert.deepEqual([first.status, second.status], [200, 200]);
  await visitor.context.clock.fastForward(NIGHT);
  await loggedOut(page, "An old refresh token of your session was used");
  await photograph(page, "page-stolen");
  assert.equal(server.logged("refresh.reuse_detected", logged).length, 1);
  assert.equal((await refreshWith(second.cookie, proxy.origin)).status, 401);
  await logIn(page, visitor.credentials);
  await loggedIn(page, visitor.credentials.email);
});

test("a thief who comes late is found out at once, and the owner is told with the next refresh", async () => {
  const { visitor, page } = await sleeper();
  const logged = server.events.length;
  const stolen = await visitor.cookie();
  for (let night = 0; night < 2; night += 1) {
    const before = await tokenId(page);
    await visitor.context.clock.fastForward(NIGHT);
    await renewed(before)(page);
  }
  const theft = await refreshWith(stolen, proxy.origin);
  assert.deepEqual([theft.status, theft.reason], [401, "reused"]);
  assert.equal(server.logged("refresh.reuse_detected", logged).length, 1);
  await visitor.context.clock.fastForward(NIGHT);
  await loggedOut(page, /Your session was ended: .* as a thief does/);
  await photograph(page, "page-stolen-late");
});

test("a log-out in one tab is seen in the others", async () => {
  const { visitor, page, errors } = await resident(stage, { viewport });
  const others = [await secondTab(visitor, page), await secondTab(visitor, page)];
  await page.getByRole("button", { name: "Log out" }).click();
  for (const tab of [page, ...others]) await loggedOut(tab);
  await photograph(others[0], "page-logged-out-elsewhere");
  await others[0].reload();
  await others[0].getByRole("heading", { name: "Welcome" }).waitFor();
  assert.deepEqual(errors, []);
});

test("a log-out without a network is one all the same, and the server hears of it later", async () => {
  const { visitor, page } = await resident(stage, { viewport });
  const logged = server.events.length;
  await visitor.context.setOffline(true);
  await page.getByRole("button", { name: "Log out" }).click();
  await loggedOut(page, "The server does not answer and will be told as soon as it does.");
  await photograph(page, "page-logged-out-offline");
  await visitor.context.setOffline(false);
  await until(() => server.logged("logout.revoked", logged).length === 1);
});

test("cookies are blocked, and the browser says so: the session lasts as long as the page, which says it", async () => {
  proxy.always("*", withoutCookies);
  const { visitor, page, errors } = await sleeper((context) => context.addInitScript(blockStorage));
  const before = await tokenId(page);
  await visitor.context.clock.fastForward(PAST_EXPIRY);
  await renewed(before)(page);
  await press(page, "GET /me", "200");
  await page.getByText("This browser blocks cookies").waitFor();
  await photograph(page, "page-cookies-blocked", { fullPage: true });
  visitor.assertNeverLoggedOut();
  await page.reload();
  await page.getByRole("button", { name: "Log in" }).waitFor();
  await page.getByRole("main").getByText("This browser blocks cookies for this page.").waitFor();
  await photograph(page, "page-cookies-blocked-reload");
  assert.deepEqual(errors, []);
});

test("cookies are dropped, and the browser says nothing: the page tells why the session ends with its token", async () => {
  proxy.always("*", withoutCookies);
  const { visitor, page } = await sleeper();
  await press(page, "GET /me", "200");
  const sent = proxy.exchanges.length;
  await visitor.context.clock.fastForward(PAST_EXPIRY);
  await loggedOut(page, "The server does not find your session");
  await photograph(page, "page-cookies-dropped");
  assert.ok(proxy.count(REFRESH, sent) <= 2, "no loop");
  assert.deepEqual(visitor.complaints, []);
});

test("storage is full: the session goes on, and outlives a reload", async () => {
  const { visitor, page } = await sleeper((context) => context.addInitScript(fillStorage));
  const before = await tokenId(page);
  await visitor.context.clock.fastForward(PAST_EXPIRY);
  await renewed(before)(page);
  await page.reload();
  await loggedIn(page, server.demo.email);
  await press(page, "GET /me", "200");
  await photograph(page, "page-storage-full", { fullPage: true });
  visitor.assertNeverLoggedOut();
});

test("storage is full: the thief has nothing to steal, is told so, and leaves no session behind", async () => {
  const { visitor, page } = await resident(stage, { viewport, prepare: (context) => context.addInitScript(fillStorage) });
  const logged = server.events.length;
  await playThief(page);
  await page.getByRole("alert").filter({ hasText: "storage is full" }).waitFor();
  await photograph(page, "page-thief-storage-full");
  await until(() => server.logged("logout.revoked", logged).length === 1);
  visitor.assertNeverLoggedOut();
});

test("a story of a thief that breaks off says why, and leaves no session behind", async () => {
  const { visitor, page } = await resident(stage, { viewport });
  const logged = server.events.length;
  proxy.always(REFRESH, answerHtml(502));
  await playThief(page);
  await page.getByRole("alert").filter({ hasText: "The story breaks off: the server answered 502" }).waitFor();
  await photograph(page, "page-thief-broken-off");
  await until(() => server.logged("logout.revoked", logged).length === 1);
  visitor.assertNeverLoggedOut();
});

async function playThief(page) {
  await page.getByLabel("Your password, once more").fill(server.demo.password);
  await page.getByRole("button", { name: "Play the thief" }).click();
}

test("tabs that cannot talk to each other: the page works, and shows this tab alone", async () => {
  const prepare = (context) => context.addInitScript(() => delete window.BroadcastChannel);
  const { visitor, page, errors } = await resident(stage, { viewport, prepare });
  await press(page, "GET /me", "200");
  assert.equal(await page.getByRole("region", { name: "Tabs" }).getByRole("listitem").count(), 1);
  await photograph(page, "page-without-broadcast-channel");
  visitor.assertNeverLoggedOut();
  assert.deepEqual(errors, []);
});

test("the back button brings back a page that is still logged in", async (t) => {
  const { visitor, page, errors } = await resident(stage, { viewport });
  await leaveAndReturn(page, "/openapi.json", (text) => t.diagnostic(text));
  await loggedIn(page, server.demo.email);
  await press(page, "GET /me", "200");
  await photograph(page, "page-back");
  visitor.assertNeverLoggedOut();
  assert.deepEqual(errors, []);
});

test("the back button brings back a page that knows of a log-out elsewhere", async (t) => {
  const { visitor, page, errors } = await resident(stage, { viewport });
  const other = await secondTab(visitor, page);
  await leaveAndReturn(page, "/openapi.json", (text) => t.diagnostic(text), async () => {
    await other.getByRole("button", { name: "Log out" }).click();
    await loggedOut(other);
  });
  await page.getByRole("button", { name: "Log in" }).waitFor();
  await photograph(page, "page-back-logged-out");
  assert.deepEqual(errors, []);
});

test("a tab that the browser froze learns of a log-out elsewhere when it wakes up", async () => {
  const { visitor, page, errors } = await resident(stage, { viewport });
  const other = await secondTab(visitor, page);
  const devtools = await visitor.context.newCDPSession(page);
  await devtools.send("Page.setWebLifecycleState", { state: "frozen" });
  await other.getByRole("button", { name: "Log out" }).click();
  await loggedOut(other);
  await devtools.send("Page.setWebLifecycleState", { state: "active" });
  await loggedOut(page);
  assert.deepEqual(errors, []);
});

test("a wrong password is told, and the right one still works", async () => {
  const { visitor, page } = await newcomer(stage, { viewport });
  await logIn(page, { ...server.demo, password: "not the password" });
  await page.getByRole("alert").filter({ hasText: "Wrong e-mail address or password." }).waitFor();
  await photograph(page, "page-wrong-password");
  await logIn(page, server.demo);
  await loggedIn(page, server.demo.email);
  assert.deepEqual(visitor.complaints, []);
});

test("who guesses too often is told how long to wait, and can log in after that", async () => {
  const user = await server.addUser("forgetful@example.com");
  const { visitor, page } = await newcomer(stage, { viewport, prepare: (context) => context.clock.install() });
  const throttled = page.getByText(/Try again in \d+ s\./);
  for (let guess = 0; guess < 8 && !(await throttled.isVisible()); guess += 1) {
    await logIn(page, { ...user, password: `guess number ${guess}` });
    await page.waitForFunction(() => !document.querySelector("#submit.busy") && document.querySelector("#problem").textContent);
  }
  await throttled.waitFor();
  await photograph(page, "page-throttled");
  await visitor.context.clock.fastForward("01:00:00");
  await page.getByText("You can try again now.").waitFor();
  await logIn(page, server.demo);
  await loggedIn(page, server.demo.email);
  assert.deepEqual(visitor.complaints, []);
});
