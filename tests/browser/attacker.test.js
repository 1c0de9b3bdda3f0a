// Pages of somebody else, which send the visitor's browser to the API.

import assert from "node:assert/strict";
import http from "node:http";
import { after, test } from "node:test";
import { setStage } from "./stage.js";

const stage = await setStage("attacker");
const { proxy, server } = stage;

const attacker = http.createServer((request, response) => {
  response.writeHead(200, { "content-type": "text/html" });
  response.end("<!doctype html><title>You have won</title><body>");
});
await new Promise((resolve) => attacker.listen(0, "127.0.0.1", resolve));
after(() => attacker.close());
const { port } = attacker.address();

/** A port is no part of a site: the browser sends Strict cookies from one to the other. */
const ATTACKERS = { "another site": `http://127.0.0.1:${port}`, "another port of this site": `http://localhost:${port}` };

/** What such a page can do; the text of a form's field is its name, "=", and its value. */
const ATTACKS = {
  "a form": (url) => submit(url, "text/plain"),
  "a form with fields": (url) => submit(url, "application/x-www-form-urlencoded"),
  "fetch without CORS": (url) => fetch(url, { method: "POST", mode: "no-cors", credentials: "include", body: '{"mode":"cookie"}' }),
  "fetch with JSON": (url) =>
    fetch(url, {
      method: "POST",
      credentials: "include",
      headers: { "content-type": "application/json" },
      body: '{"mode":"cookie"}',
    }),
  "a beacon": (url) => navigator.sendBeacon(url, new Blob(['{"mode":"cookie"}'], { type: "text/plain" })),
};

const SUBMIT = `function submit(url, enctype) {
  const form = Object.assign(document.createElement("form"), { method: "post", action: url, enctype });
  form.append(Object.assign(document.createElement("input"), { name: '{"mode":"cookie","a":"', value: '"}' }));
  document.body.append(form);
  form.submit();
}`;

for (const [where, origin] of Object.entries(ATTACKERS)) {
  for (const [means, attack] of Object.entries(ATTACKS)) {
    for (const path of ["/auth/refresh", "/auth/logout"]) {
      test(`${where} reaches no session at ${path} with ${means}`, async () => {
        const visitor = await stage.visitor();
        const tab = await visitor.logIn();
        const before = await visitor.cookie();
        const [sent, logged] = [proxy.exchanges.length, server.events.length];

        const page = await visitor.context.newPage();
        await page.goto(origin);
        await page.addScriptTag({ content: SUBMIT });
        const url = `${proxy.origin}${path}`;
        const tried = page.evaluate(`(${attack})(${JSON.stringify(url)})`).catch(() => {});
        for (let wait = 0; wait < 250 && proxy.exchanges.length === sent; wait += 1) await page.waitForTimeout(20);
        await tried;
        await page.waitForTimeout(200);

        const answers = proxy.exchanges.slice(sent).filter(({ call }) => call.startsWith("POST"));
        assert.deepEqual(answers.filter(({ status }) => status < 400), []);
        assert.deepEqual(await visitor.cookie(), before);
        assert.deepEqual(server.logged("refresh.rotated", logged), []);
        assert.deepEqual(server.logged("logout.revoked", logged), []);
        await tab.reload();
        assert.equal(await tab.status(), "authenticated");
        visitor.assertNeverLoggedOut();
      });
    }
  }
}

/** What Chromium cannot be made to send: a page that hides where it is from, with the right content type. */
test("a request that says it is of another site is refused, and so is one that does not say", async () => {
  const visitor = await stage.visitor();
  await visitor.logIn();
  const { name, value } = await visitor.cookie();
  const cases = [
    ["another site", { origin: ATTACKERS["another site"], "sec-fetch-site": "cross-site" }],
    ["another port", { origin: ATTACKERS["another port of this site"], "sec-fetch-site": "same-site" }],
    ["a sandboxed frame", { origin: "null" }],
    ["the right origin by another site's request", { origin: proxy.origin, "sec-fetch-site": "cross-site" }],
    ["nowhere", {}],
  ];
  for (const path of ["/auth/refresh", "/auth/logout"]) {
    for (const [from, headers] of cases) {
      const status = await post(path, { cookie: `${name}=${value}`, ...headers });
      assert.equal(status, 403, `${path} from ${from}`);
    }
  }
  assert.equal(await post("/auth/refresh", { cookie: `${name}=${value}`, origin: proxy.origin }), 200);
});

/** Without fetch, which adds headers of its own. */
function post(path, headers) {
  const { hostname, port, host } = new URL(proxy.origin);
  return new Promise((resolve, reject) => {
    const request = http.request({ hostname, port, path, method: "POST", headers: { host, "content-type": "application/json", ...headers } });
    request.once("response", (response) => resolve(response.resume().statusCode)).once("error", reject);
    request.end('{"mode":"cookie"}');
  });
}
