// Several tabs of one session, which need a token at the same instant.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setStage } from "./stage.js";

const stage = await setStage("tabs");
const { proxy, server } = stage;

const PAST_EXPIRY = "15:30";

/** What a browser may lack, as a script that runs before the page. */
const BROWSERS = {
  "": () => {},
  " without Web Locks": () => delete Navigator.prototype.locks,
  " without BroadcastChannel": () => delete window.BroadcastChannel,
  " without both": () => {
    delete Navigator.prototype.locks;
    delete window.BroadcastChannel;
  },
};

for (const count of [2, 5]) {
  for (const storage of ["a cookie", "localStorage"]) {
    for (const [lacking, script] of Object.entries(BROWSERS)) {
      test(`${count} tabs with ${storage}${lacking} refresh at the same instant`, async () => {
        const visitor = await stage.visitor();
        await visitor.context.addInitScript(script);
        await visitor.context.clock.install();
        const path = storage === "localStorage" ? "/harness?storage=local" : "/harness";
        const tabs = [await visitor.logIn(path), ...(await visitor.openTabs(count - 1, path))];
        const [sent, logged] = [proxy.exchanges.length, server.events.length];

        await visitor.context.clock.fastForward(PAST_EXPIRY);
        const answers = await Promise.all(tabs.map((tab) => tab.get("/me")));

        assert.deepEqual(answers, tabs.map(() => ({ value: 200 })));
        // Nobody can hand over a token that only the memory of a tab holds, so each tab gets its own.
        const alone = storage === "a cookie" && (lacking.endsWith("Channel") || lacking.endsWith("both"));
        const rotations = server.logged("refresh.rotated", logged).length;
        assert.ok(rotations >= 1 && rotations <= (alone ? count : 1), `${rotations} rotations`);
        if (lacking === "") {
          assert.equal(proxy.count("POST /auth/refresh", sent), 1);
          assert.equal(new Set(await Promise.all(tabs.map((tab) => tab.token()))).size, 1);
        }
        visitor.assertNeverLoggedOut();
      });
    }
  }
}

test("five tabs that are reloaded at the same instant stay logged in", async () => {
  const visitor = await stage.visitor();
  const tabs = [await visitor.logIn(), ...(await visitor.openTabs(4))];
  for (let round = 0; round < 3; round += 1) {
    await Promise.all(tabs.map((tab) => tab.reload()));
    assert.deepEqual(await Promise.all(tabs.map((tab) => tab.get("/me"))), tabs.map(() => ({ value: 200 })));
  }
  visitor.assertNeverLoggedOut();
});

test("the tab that refreshes is closed in the middle, and another takes over", async () => {
  const visitor = await stage.visitor();
  await visitor.context.clock.install();
  const tabs = [await visitor.logIn(), ...(await visitor.openTabs(1))];
  await visitor.context.clock.fastForward(PAST_EXPIRY);
  const first = tabs[0].get("/me").catch(() => "closed");
  await tabs[0].page.close();
  assert.deepEqual(await tabs[1].get("/me"), { value: 200 });
  await first;
  visitor.assertNeverLoggedOut();
});
