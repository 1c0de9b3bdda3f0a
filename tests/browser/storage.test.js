// Browsers that keep nothing, or something strange, and clocks that are wrong.

import assert from "node:assert/strict";
import { test } from "node:test";
import { blockStorage, fillStorage } from "./obstacles.js";
import { withoutCookies } from "./proxy.js";
import { setStage } from "./stage.js";

const stage = await setStage("storage");
const { proxy } = stage;

/** What may be wrong with a browser's storage, as a script that runs before the page. */
const STORAGES = {
  "storage is full": () => {
    Storage.prototype.setItem = () => {
      throw new DOMException("The quota has been exceeded.", "QuotaExceededError");
    };
  },
  "storage throws, whatever is asked": () => {
    for (const method of ["getItem", "setItem", "removeItem"]) {
      Storage.prototype[method] = () => {
        throw new DOMException("The operation is insecure.", "SecurityError");
      };
    }
  },
};

for (const [wrong, script] of Object.entries(STORAGES)) {
  test(`${wrong}: with a cookie, the session is kept all the same`, async () => {
    const visitor = await stage.visitor();
    await visitor.context.addInitScript(script);
    await visitor.context.clock.install();
    const tab = await visitor.logIn();
    assert.deepEqual(await tab.get("/me"), { value: 200 });
    await visitor.context.clock.fastForward("01:00:00");
    assert.deepEqual(await tab.get("/me"), { value: 200 });
    await tab.reload();
    assert.deepEqual(await tab.get("/me"), { value: 200 });
    visitor.assertNeverLoggedOut();
  });

  test(`${wrong}: with localStorage, the session lasts as long as the page`, async () => {
    const visitor = await stage.visitor();
    await visitor.context.addInitScript(script);
    await assertLastsAsLongAsThePage(visitor, "/harness?storage=local");
  });
}

/** Hours in the page are well, and a reload ends the session. */
async function assertLastsAsLongAsThePage(visitor, path) {
  await visitor.context.clock.install();
  const tab = await visitor.logIn(path);
  for (let hour = 0; hour < 2; hour += 1) {
    assert.deepEqual(await tab.get("/me"), { value: 200 });
    await visitor.context.clock.fastForward("01:00:00");
  }
  visitor.assertNeverLoggedOut();
  await tab.reload();
  assert.equal(await tab.status(), "anonymous");
  assert.deepEqual(visitor.complaints, []);
}

test("localStorage that others filled up takes every refresh of two tabs", async () => {
  const visitor = await stage.visitor();
  await visitor.context.clock.install();
  const tabs = [await visitor.logIn("/harness?storage=local"), ...(await visitor.openTabs(1, "/harness?storage=local"))];
  await tabs[0].page.evaluate(fillStorage);
  const sent = proxy.exchanges.length;
  for (let hour = 0; hour < 2; hour += 1) {
    await visitor.context.clock.fastForward("01:00:00");
    assert.deepEqual(await Promise.all(tabs.map((tab) => tab.get("/me"))), [{ value: 200 }, { value: 200 }]);
  }
  assert.equal(proxy.count("POST /auth/refresh", sent), 2);
  await tabs[1].reload();
  assert.deepEqual(await tabs[1].get("/me"), { value: 200 });
  visitor.assertNeverLoggedOut();
});

test("localStorage that may not even be named: with a cookie, the session is kept", async () => {
  const visitor = await stage.visitor();
  await visitor.context.addInitScript(blockStorage, false);
  const tab = await visitor.logIn();
  await tab.reload();
  assert.deepEqual(await tab.get("/me"), { value: 200 });
  visitor.assertNeverLoggedOut();
});

test("cookies are blocked, and the browser says so: the session lasts as long as the page", async () => {
  const visitor = await stage.visitor();
  await visitor.context.addInitScript(blockStorage);
  proxy.always("*", withoutCookies);
  await assertLastsAsLongAsThePage(visitor);
});

test("cookies are dropped, and the browser says nothing: logged in until the token expires, then told why not", async () => {
  const visitor = await stage.visitor();
  proxy.always("*", withoutCookies);
  await visitor.context.clock.install();
  const tab = await visitor.logIn();
  assert.deepEqual(await tab.get("/me"), { value: 200 });
  await visitor.context.clock.fastForward("01:00:00");
  const sent = proxy.exchanges.length;
  assert.equal((await tab.get("/me")).error?.type, "SessionEnded");
  assert.equal(await tab.status(), "anonymous");
  assert.ok(proxy.count("POST /auth/refresh", sent) <= 2, "no loop");
  await tab.reload();
  assert.equal(await tab.status(), "anonymous");
  assert.deepEqual(visitor.complaints, []);
});

test("a record of an older version is no reason to break", async () => {
  const visitor = await stage.visitor();
  const tab = await visitor.logIn("/harness?storage=local");
  const record = await tab.page.evaluate(() => ({ ...localStorage }));
  assert.notDeepEqual(record, {});
  const older = [
    "",
    "not json",
    "null",
    "[]",
    "{}",
    '{"version":0,"refresh_token":"tgr0_older"}',
    '"tgr1_AAAA"',
    JSON.stringify({ refresh_token: 7, key: [], session: null }),
    ...Object.values(record).map((value) => value.slice(0, value.trimEnd().length / 2)),
  ];
  for (const value of older) {
    await tab.page.evaluate(([names, value]) => {
      for (const name of names) localStorage.setItem(name, value);
    }, [Object.keys(record), value]);
    const sent = proxy.exchanges.length;
    await tab.reload();
    assert.equal(await tab.status(), "anonymous", value);
    assert.ok(proxy.count("POST /auth/refresh", sent) <= 1, `no loop: ${value}`);
    await tab.succeed("login", visitor.credentials);
    assert.deepEqual(await tab.get("/me"), { value: 200 });
  }
  assert.deepEqual(visitor.complaints, []);
});

const HOUR = 60 * 60 * 1000;

for (const [name, offset] of [["an hour behind", -HOUR], ["an hour ahead", HOUR], ["thirty years behind", -30 * 365 * 24 * HOUR]]) {
  test(`a clock that is ${name} changes nothing`, async () => {
    const visitor = await stage.visitor();
    await visitor.context.clock.install({ time: Date.now() + offset });
    const tab = await visitor.logIn();
    const sent = proxy.exchanges.length;
    for (let call = 0; call < 3; call += 1) assert.deepEqual(await tab.get("/me"), { value: 200 });
    assert.equal(proxy.count("POST /auth/refresh", sent), 0);
    await visitor.context.clock.fastForward("16:00");
    assert.deepEqual(await tab.get("/me"), { value: 200 });
    assert.equal(proxy.count("POST /auth/refresh", sent), 1);
    await tab.reload();
    assert.deepEqual(await tab.get("/me"), { value: 200 });
    visitor.assertNeverLoggedOut();
  });
}

for (const [name, offset] of [["back by an hour", -HOUR], ["ahead by an hour", HOUR]]) {
  test(`a clock that is set ${name} while the page is open changes nothing`, async () => {
    const visitor = await stage.visitor();
    // Playwright's clock would step the page's steady one, too; setting a computer's clock does not.
    await visitor.context.addInitScript(() => {
      const RealDate = Date;
      window.clockOffset = 0;
      window.Date = class extends RealDate {
        constructor(...values) {
          super(...(values.length === 0 ? [RealDate.now() + window.clockOffset] : values));
        }
        static now() {
          return RealDate.now() + window.clockOffset;
        }
      };
    });
    const tab = await visitor.logIn();
    await tab.page.evaluate((offset) => (window.clockOffset = offset), offset);
    const sent = proxy.exchanges.length;
    for (let call = 0; call < 3; call += 1) assert.deepEqual(await tab.get("/me"), { value: 200 });
    assert.ok(proxy.count("POST /auth/refresh", sent) <= 1);
    visitor.assertNeverLoggedOut();
  });
}
