// A thousand page loads in five tabs, while one answer in a hundred gets lost: nobody is logged out. Then a thief.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { loseAnswer, passOn } from "./proxy.js";
import { setStage } from "./stage.js";

const LOADS = Number(process.env.TOLLGATE_LOADS ?? 200);
const TABS = 5;
const REFRESH = "POST /auth/refresh";
/** How many of a hundred answers are lost; of those to refreshes more, since they are few and matter most. */
const LOST = 1;
const LOST_REFRESHES = 5;

const stage = await setStage("loads", { RUST_LOG: "warn,tollgate=info" });
const { proxy, server } = stage;

test(`${LOADS} page loads in ${TABS} tabs, ${LOST} % of answers lost, ${LOST_REFRESHES} % of refreshes: 0 logouts`, async (t) => {
  const visitor = await stage.visitor();
  await visitor.context.clock.install();
  const tabs = [await visitor.logIn(), ...(await visitor.openTabs(TABS - 1))];
  const random = generator(Number(process.env.TOLLGATE_SEED ?? 1));
  const sent = proxy.exchanges.length;
  proxy.always("*", (exchange) => {
    const share = exchange.call === REFRESH ? LOST_REFRESHES : LOST;
    return (random() * 100 < share ? loseAnswer : passOn)(exchange);
  });

  let loads = 0;
  await Promise.all(
    tabs.map(async (tab) => {
      while (loads < LOADS) {
        loads += 1;
        await load(tab);
        // Now and then the computer sleeps, and everybody needs a token at once.
        if (random() < 0.05) await visitor.context.clock.fastForward("16:00");
      }
    }),
  );

  proxy.calm();
  for (const tab of tabs) assert.deepEqual(await tab.get("/me"), { value: 200 });
  visitor.assertNeverLoggedOut();
  const passed = proxy.exchanges.slice(sent);
  const refreshes = passed.filter(({ call }) => call === REFRESH);
  const lost = (exchanges) => exchanges.filter(({ arrived }) => !arrived).length;
  t.diagnostic(
    `${loads} loads, ${passed.length} answers, of which ${lost(passed)} were lost; ` +
      `${refreshes.length} refreshes, of which ${lost(refreshes)}; 0 logouts`,
  );

  const stolen = await visitor.cookie();
  for (let day = 0; day < 2; day += 1) {
    await visitor.context.clock.fastForward("12:00:00");
    assert.deepEqual(await tabs[0].get("/me"), { value: 200 });
  }
  const theft = await fetch(`${proxy.origin}/auth/refresh`, {
    method: "POST",
    headers: { "content-type": "application/json", cookie: `${stolen.name}=${stolen.value}`, origin: proxy.origin },
    body: '{"mode":"cookie"}',
  });
  assert.equal((await theft.json()).reason, "reused");
  assert.equal(server.logged("refresh.reuse_detected").length, 1);
});

/** Loads the page as a user does: again, if it did not come; and asks for something. */
async function load(tab) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await tab.page.goto("/harness", { waitUntil: "commit" });
      await tab.page.waitForFunction(() => window.client, undefined, { timeout: 2000 });
      break;
    } catch (error) {
      // The page or its script was lost; not time after time.
      if (attempt === 5) throw error;
    }
  }
  await tab.whenReady();
  const { value, error } = await tab.get("/me");
  // What `fetch` itself throws when the answer to this call was lost.
  assert.ok(value === 200 || ["Unavailable", "TypeError"].includes(error?.type), JSON.stringify({ value, error }));
}

/** Numbers from 0 to 1, the same for the same seed. */
function generator(seed) {
  let drawn = 0;
  return () => createHash("sha256").update(`${seed} ${(drawn += 1)}`).digest().readUInt32BE() / 2 ** 32;
}
