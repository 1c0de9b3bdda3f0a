// A network that fails in the middle of things, and a computer that sleeps.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { holdAnswer, holdRequest, loseAnswer, passOn } from "./proxy.js";
import { setStage } from "./stage.js";
import { until } from "./until.js";

/** Seconds; longer than the ten for which a refresh token counts as new. */
const LIFETIME = 16;

const stage = await setStage("network", { TOLLGATE_ACCESS_TTL: `${LIFETIME}s` });
const { proxy } = stage;

/** A visitor whose computer can sleep. */
async function sleeper() {
  const visitor = await stage.visitor();
  await visitor.context.clock.install();
  return visitor;
}

const asleep = (visitor, time = "08:00:00") => visitor.context.clock.fastForward(time);

const stores = { "a cookie": "/harness", localStorage: "/harness?storage=local" };

for (const [storage, path] of Object.entries(stores)) {
  test(`a laptop that slept past expiry goes on, with ${storage}`, async () => {
    const visitor = await sleeper();
    const tab = await visitor.logIn(path);
    const before = await tab.token();
    await asleep(visitor);
    assert.deepEqual(await tab.get("/me"), { value: 200 });
    assert.notEqual(await tab.token(), before);
    visitor.assertNeverLoggedOut();
  });

  test(`the network is lost during a refresh, and comes back, with ${storage}`, async () => {
    const visitor = await sleeper();
    const tab = await visitor.logIn(path);
    // First the fault: a page that wakes up refreshes at once.
    proxy.always("POST /auth/refresh", holdRequest(300));
    await asleep(visitor);
    const waiting = tab.get("/me");
    await sleep(100);
    await visitor.context.setOffline(true);
    await sleep(1000);
    await visitor.context.setOffline(false);
    proxy.calm();
    await waiting;
    assert.deepEqual(await eventually(() => tab.get("/me")), { value: 200 });
    visitor.assertNeverLoggedOut();
  });

  test(`without a network a call is told so, and nobody is logged out, with ${storage}`, async () => {
    const visitor = await sleeper();
    const tab = await visitor.logIn(path);
    await visitor.context.setOffline(true);
    await asleep(visitor);
    assert.equal((await tab.get("/me")).error?.type, "Unavailable");
    await visitor.context.setOffline(false);
    await tab.until("authenticated");
    assert.deepEqual(await tab.get("/me"), { value: 200 });
    visitor.assertNeverLoggedOut();
  });

  test(`a server that is away and comes back ends no session, with ${storage}`, async () => {
    const visitor = await sleeper();
    const tab = await visitor.logIn(path);
    // First the server: a page that wakes up refreshes at once, and a fresh token needs no refresh.
    await proxy.refuseConnections();
    try {
      await asleep(visitor);
      assert.equal((await tab.get("/me")).error?.type, "Unavailable");
    } finally {
      await proxy.acceptConnections();
    }
    assert.deepEqual(await eventually(() => tab.get("/me")), { value: 200 });
    visitor.assertNeverLoggedOut();
  });

  test(`an answer that is lost after the server's work is asked for again, with ${storage}`, async () => {
    const visitor = await sleeper();
    const tab = await visitor.logIn(path);
    const sent = proxy.exchanges.length;
    proxy.once("POST /auth/refresh", loseAnswer);
    await asleep(visitor);
    assert.deepEqual(await eventually(() => tab.get("/me")), { value: 200 });
    const [lost, repeated] = proxy.exchanges.slice(sent).filter(({ call }) => call === "POST /auth/refresh");
    assert.equal(lost.status, 200);
    assert.equal(lost.arrived, false);
    assert.ok(lost.headers["idempotency-key"]);
    assert.equal(repeated.headers["idempotency-key"], lost.headers["idempotency-key"]);
    visitor.assertNeverLoggedOut();
  });

  test(`three answers in a row are lost, the page is reloaded after each, with ${storage}`, async () => {
    const visitor = await sleeper();
    const tab = await visitor.logIn(path);
    let losses = 0;
    proxy.always("POST /auth/refresh", async (exchange) => {
      losses += 1;
      await (losses > 3 ? passOn : loseAnswer)(exchange);
    });
    await asleep(visitor);
    for (let reload = 1; reload <= 3; reload += 1) {
      await until(() => losses >= reload);
      await tab.page.reload();
    }
    await tab.whenReady();
    assert.deepEqual(await eventually(() => tab.get("/me")), { value: 200 });
    visitor.assertNeverLoggedOut();
  });

  test(`an answer that was lost before a long night is asked for in the morning, with ${storage}`, async () => {
    const visitor = await sleeper();
    const tab = await visitor.logIn(path);
    const sent = proxy.exchanges.length;
    proxy.once("POST /auth/refresh", loseAnswer);
    await asleep(visitor);
    const waiting = tab.get("/me");
    await until(() => proxy.exchanges[sent]?.status === 200);
    await visitor.context.setOffline(true);
    await waiting;
    // Longer than the ten seconds within which a refresh may be repeated without its key.
    await sleep(11_000);
    await visitor.context.setOffline(false);
    assert.deepEqual(await eventually(() => tab.get("/me")), { value: 200 });
    visitor.assertNeverLoggedOut();
  });

  const moments = { "before the server has the request": holdRequest(600), "before the answer is there": holdAnswer(600) };
  for (const [moment, fault] of Object.entries(moments)) {
    test(`a reload in the middle of a refresh, ${moment}, with ${storage}`, async () => {
      const visitor = await sleeper();
      const tab = await visitor.logIn(path);
      const sent = proxy.exchanges.length;
      proxy.once("POST /auth/refresh", fault);
      await asleep(visitor);
      const interrupted = tab.get("/me").catch(() => {});
      await until(() => proxy.count("POST /auth/refresh", sent) === 1);
      await tab.reload();
      await interrupted;
      assert.deepEqual(await tab.get("/me"), { value: 200 });
      // The request of the page that is gone has arrived by now.
      await sleep(700);
      await asleep(visitor);
      assert.deepEqual(await tab.get("/me"), { value: 200 });
      visitor.assertNeverLoggedOut();
    });
  }
}

test("a tab that the browser froze wakes up after its token has expired", async () => {
  const visitor = await stage.visitor();
  const tab = await visitor.logIn();
  const session = await visitor.context.newCDPSession(tab.page);
  await session.send("Page.setWebLifecycleState", { state: "frozen" });
  await sleep((LIFETIME + 1) * 1000);
  await session.send("Page.setWebLifecycleState", { state: "active" });
  assert.deepEqual(await tab.get("/me"), { value: 200 });
  visitor.assertNeverLoggedOut();
});

/** Repeats while the answer is that there is no network, as a user does, for ten seconds at most. */
async function eventually(ask) {
  let answer = await ask();
  for (let attempt = 0; attempt < 40 && ["Unavailable", "TypeError"].includes(answer.error?.type); attempt += 1) {
    await sleep(250);
    answer = await ask();
  }
  return answer;
}
