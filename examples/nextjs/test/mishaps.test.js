// What goes wrong around the app, and what somebody who looks at it is told. Nobody honest is signed out by any of it.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { leaveAndReturn } from "../../../tests/browser/back_button.js";
import { blockStorage, fillStorage } from "../../../tests/browser/obstacles.js";
import { loseAnswer, withoutCookies } from "../../../tests/browser/proxy.js";
import { refreshWith } from "../../../tests/browser/theft.js";
import { until } from "../../../tests/browser/until.js";
import { photograph, says, setStage, shows, signIn, warns } from "./stage.js";

const stage = setStage({ network: true });

const REFRESH = "POST /auth/refresh";
const PAST_EXPIRY = "16:00";
const NIGHT = "08:00:00";

/** Somebody who has signed in, at a computer whose clock can be stepped, and how often a page showed otherwise. */
async function visitor(path, { prepare = () => {}, ...options } = {}) {
  const sightings = [];
  const page = await stage.visit(`/login?next=${path}`, {
    ...options,
    prepare: async (context) => {
      await context.clock.install();
      await context.exposeFunction("reportSignedOut", (url) => sightings.push(url));
      await context.addInitScript(watchForSignIn);
      await prepare(context);
    },
  });
  await signIn(page, stage.world.demo);
  return { page, context: page.context(), never: neverSignedOut(sightings, stage.world.printed.length) };
}

/** Tells of every page that asks somebody to sign in, however shortly. */
function watchForSignIn() {
  const look = () => document.querySelector("input[type=password]") && window.reportSignedOut(location.href);
  new MutationObserver(look).observe(document, { childList: true, subtree: true });
}

/** From the log-in on, which shows its form while it is under way. */
function neverSignedOut(sightings, printed) {
  return {
    begin: () => sightings.splice(0),
    check() {
      assert.deepEqual(sightings, []);
      assert.deepEqual(stage.world.logged("refresh.reuse_detected", printed), []);
    },
  };
}

async function inAccount(options) {
  const guest = await visitor("/account", options);
  await says(guest.page, "No reports so far.");
  guest.never.begin();
  return guest;
}

const visits = (page, name) => page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name }).click();
const cookieNamed = async (context, wanted) => (await context.cookies(`${stage.world.origin}/auth`)).find(({ name }) => name === wanted);
const refreshCookie = (context) => cookieNamed(context, "__Secure-tollgate_refresh");
const sessionCookie = (context) => cookieNamed(context, "__Host-session");

describe("tabs that need a token at the same instant", () => {
  for (const count of [2, 5]) {
    it(`${count} of them ask once, and the server knows what came of it`, async () => {
      const { page, context, never } = await inAccount();
      const tabs = [page];
      while (tabs.length < count) tabs.push(await stage.openTab(context, "/account"));
      for (const tab of tabs) {
        await says(tab, "No reports so far.");
        await visits(tab, "Start");
        await shows(tab, "Tollgate and Next.js");
      }
      const sent = stage.world.front.exchanges.length;
      await context.clock.fastForward(PAST_EXPIRY);
      await Promise.all(tabs.map((tab) => visits(tab, "In the browser")));
      for (const tab of tabs) await says(tab, "No reports so far.");
      assert.equal(stage.world.front.count(REFRESH, sent), 1);
      await visits(tabs.at(-1), "On the server");
      await shows(tabs.at(-1), "On the server");
      await photograph(page, `${count}-tabs`);
      never.check();
    });
  }
});

describe("a laptop that slept past expiry", () => {
  for (const [link, from] of [
    ["In the browser", "/overview"],
    ["On the server", "/account"],
  ]) {
    it(`goes on from ${from} to the page "${link}"`, async () => {
      const { page, context, never } = await visitor(from);
      await says(page, "No reports so far.");
      never.begin();
      // It lives as long as the token, by the clock of the browser, which is not the one that is stepped.
      await context.clearCookies({ name: "__Host-session" });
      await context.clock.fastForward(NIGHT);
      await visits(page, link);
      await shows(page, link);
      await says(page, "No reports so far.");
      await photograph(page, `asleep-${from.slice(1)}`);
      never.check();
    });
  }
});

describe("a network that fails", () => {
  it("during a refresh is told, and when it is back, the session goes on", async () => {
    const { page, context, never } = await inAccount();
    stage.world.front.always(REFRESH, async (exchange) => {
      await context.setOffline(true);
      await loseAnswer(exchange);
    });
    await context.clock.fastForward(NIGHT);
    await page.getByRole("status").filter({ hasText: "out of reach" }).waitFor();
    await photograph(page, "network-lost");
    stage.world.calm();
    await context.setOffline(false);
    await page.getByRole("status").filter({ hasText: "out of reach" }).waitFor({ state: "hidden" });
    await visits(page, "On the server");
    await shows(page, "On the server");
    await photograph(page, "network-back");
    never.check();
  });

  it("while a page is loaded is told, and the session goes on by itself", async () => {
    const { page, never } = await inAccount();
    stage.world.front.always(REFRESH, loseAnswer);
    await page.reload();
    await warns(page, "Your session is not lost");
    await photograph(page, "network-lost-reload");
    stage.world.calm();
    await says(page, "No reports so far.");
    never.check();
  });

  for (const [where, network] of [
    ["browser and app", "front"],
    ["app and Tollgate", "behind"],
  ]) {
    it(`between ${where}, after the server's work: the answer is asked for again with the same key`, async () => {
      const { page, never } = await inAccount();
      const { [network]: proxy } = stage.world;
      const sent = proxy.exchanges.length;
      proxy.once(REFRESH, loseAnswer);
      await page.reload();
      await says(page, "No reports so far.");
      const [lost, repeated] = proxy.exchanges.slice(sent).filter(({ call }) => call === REFRESH);
      assert.deepEqual([lost.status, lost.arrived, repeated.status], [200, false, 200]);
      assert.equal(repeated.headers["idempotency-key"], lost.headers["idempotency-key"]);
      await photograph(page, `answer-lost-${network}`);
      never.check();
    });
  }

  it("when a page is asked for at the server is told there, and passes", async () => {
    const { page, never } = await visitor("/overview");
    await says(page, "No reports so far.");
    never.begin();
    for (const path of ["/me", "/reports"]) stage.world.behind.always(`GET ${path}`, loseAnswer);
    await page.reload();
    await warns(page, "The API did not answer.");
    await photograph(page, "overview-without-api");
    stage.world.calm();
    await page.reload();
    await says(page, "No reports so far.");
    never.check();
  });

  it("as soon as somebody has signed in: they are told, and can go on", async () => {
    stage.world.front.always("POST /session", loseAnswer);
    const { page } = await visitor("/overview");
    await warns(page, "the server cannot be reached");
    await photograph(page, "entrance-lost");
    stage.world.calm();
    await page.getByRole("button", { name: "Try again" }).click();
    await shows(page, "On the server");
  });

  it("during a sign-out: it is one here, and the server hears of it later", async () => {
    const { page, context } = await inAccount();
    const printed = stage.world.printed.length;
    await context.setOffline(true);
    await page.getByRole("button", { name: "Sign out" }).click();
    await says(page, "The server will be told when it can be reached.");
    await photograph(page, "signed-out-offline");
    await context.setOffline(false);
    await until(() => stage.world.logged("logout.revoked", printed).length > 0);
  });
});

describe("a refresh token that was stolen", () => {
  it("and used first: the thief is found out, and the owner is told", async () => {
    const { page, context } = await inAccount();
    const printed = stage.world.printed.length;
    const { origin } = stage.world;
    const first = await refreshWith(await refreshCookie(context), origin);
    const second = await refreshWith(first.cookie, origin);
    assert.deepEqual([first.status, second.status], [200, 200]);
    await page.reload();
    await shows(page, "Sign in");
    await says(page, "Somebody else has used your session");
    await photograph(page, "stolen");
    await until(() => stage.world.logged("refresh.reuse_detected", printed).length === 1);
    assert.equal((await refreshWith(second.cookie, origin)).status, 401);
    assert.equal(await sessionCookie(context), undefined);
    await signIn(page, stage.world.demo);
    await says(page, "No reports so far.");
  });

  it("and used late: the thief gets nothing, and the owner is told", async () => {
    const { page, context } = await inAccount();
    const printed = stage.world.printed.length;
    const stolen = await refreshCookie(context);
    for (let reload = 0; reload < 2; reload++) {
      await context.clock.fastForward(NIGHT);
      await page.reload();
      await says(page, "No reports so far.");
    }
    const theft = await refreshWith(stolen, stage.world.origin);
    assert.deepEqual([theft.status, theft.reason], [401, "reused"]);
    await until(() => stage.world.logged("refresh.reuse_detected", printed).length === 1);
    await page.reload();
    await shows(page, "Sign in");
    await says(page, "Your session was ended");
    await photograph(page, "stolen-late");
  });
});

describe("a browser that keeps nothing", () => {
  it("is told so by the login page, and the page in the browser works all the same", async () => {
    stage.world.front.always("*", withoutCookies);
    const { page } = await visitor("/overview", { prepare: (context) => context.addInitScript(blockStorage) });
    await warns(page, "does your browser keep cookies");
    await photograph(page, "cookies-blocked");
    await page.getByRole("link", { name: "Open the account page" }).click();
    await says(page, "No reports so far.");
    await photograph(page, "cookies-blocked-account");
  });

  it("and does not say so, either: the login page tells why the session ends with its token", async () => {
    stage.world.front.always("*", withoutCookies);
    const { page, context } = await visitor("/account");
    await warns(page, "does your browser keep cookies");
    await page.getByRole("link", { name: "Open the account page" }).click();
    await says(page, "No reports so far.");
    await context.clock.fastForward(PAST_EXPIRY);
    await shows(page, "Sign in");
    await says(page, "The server does not find your session any more.");
    await photograph(page, "cookies-dropped");
  });

  it("because its storage is full: the session goes on, and outlives a reload", async () => {
    const { page, context, never } = await inAccount({ prepare: (context) => context.addInitScript(fillStorage) });
    await context.clock.fastForward(PAST_EXPIRY);
    await page.reload();
    await says(page, "No reports so far.");
    await visits(page, "On the server");
    await shows(page, "On the server");
    await photograph(page, "storage-full");
    never.check();
  });
});

describe("the back button", () => {
  const away = () => `${stage.world.behind.origin}/openapi.json`;

  it("brings back a page that is still signed in", async (test) => {
    const { page, never } = await inAccount();
    // The document of the login page, which is there since, is one that no browser may keep.
    await page.reload();
    await leaveAndReturn(page, away(), (text) => test.diagnostic(text));
    await says(page, "No reports so far.");
    await photograph(page, "back");
    never.check();
  });

  it("brings back no page of somebody who has signed out meanwhile", async (test) => {
    const { page, context } = await inAccount();
    const other = await stage.openTab(context, "/overview");
    await shows(other, "On the server");
    await page.reload();
    await leaveAndReturn(page, away(), (text) => test.diagnostic(text), async () => {
      await other.getByRole("button", { name: "Sign out" }).click();
      await shows(other, "Sign in");
    });
    await shows(page, "Sign in");
    await photograph(page, "back-signed-out");
  });
});
