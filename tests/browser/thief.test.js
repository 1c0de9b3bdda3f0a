// Somebody else has the refresh token: they are found out, and the owner is told.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setStage } from "./stage.js";
import { refreshWith } from "./theft.js";

const stage = await setStage("thief");
const { proxy, server } = stage;

const NOON = "12:00:00";

test("a thief who is first is found out by the owner's next refresh", async () => {
  const visitor = await stage.visitor();
  await visitor.context.clock.install();
  const tab = await visitor.logIn();
  const logged = server.events.length;

  const first = await refreshWith(await visitor.cookie(), proxy.origin);
  const second = await refreshWith(first.cookie, proxy.origin);
  assert.deepEqual([first.status, second.status], [200, 200]);

  await visitor.context.clock.fastForward(NOON);
  const { error } = await tab.get("/me");
  assert.deepEqual([error?.type, error?.reason], ["SessionEnded", "reused"]);
  assert.equal(await tab.status(), "anonymous");
  assert.equal(server.logged("refresh.reuse_detected", logged).length, 1);

  const third = await refreshWith(second.cookie, proxy.origin);
  assert.deepEqual([third.status, third.reason], [401, "revoked"]);
});

test("a thief who is late is found out at once, and the owner is told", async () => {
  const visitor = await stage.visitor();
  await visitor.context.clock.install();
  const [tab, other] = [await visitor.logIn(), await visitor.openTab()];
  const stolen = await visitor.cookie();
  const logged = server.events.length;
  for (let day = 0; day < 2; day += 1) {
    await visitor.context.clock.fastForward(NOON);
    assert.deepEqual(await tab.get("/me"), { value: 200 });
  }
  assert.notEqual((await visitor.cookie()).value, stolen.value);

  const theft = await refreshWith(stolen, proxy.origin);
  assert.deepEqual([theft.status, theft.reason], [401, "reused"]);
  assert.equal(server.logged("refresh.reuse_detected", logged).length, 1);

  await visitor.context.clock.fastForward(NOON);
  const { error } = await tab.get("/me");
  assert.deepEqual([error?.type, error?.reason], ["SessionEnded", "revoked"]);
  await other.until("anonymous");

  // They log in again, and are well.
  await tab.succeed("login", visitor.credentials);
  assert.deepEqual(await tab.get("/me"), { value: 200 });
});
