// What the server takes for a session, over HTTP.

import assert from "node:assert/strict";
import { rename } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import { badTokens, keyId, sign } from "./tokens.js";
import { startWorld } from "./world.js";

const COOKIE = "__Host-session";
let world;
let secret;
before(async () => {
  world = await startWorld();
  secret = await world.secret();
});
after(() => world?.stop());

const get = (path, token) =>
  fetch(world.origin + path, { redirect: "manual", headers: token ? { Cookie: `${COOKIE}=${token}` } : {} });
const keep = (token, headers = { Origin: world.origin }) =>
  fetch(`${world.origin}/session`, { method: "POST", headers: { Authorization: `Bearer ${token}`, ...headers } });
const post = (path, body, headers = {}) =>
  fetch(world.origin + path, {
    method: "POST",
    headers: { "Content-Type": "application/json", Origin: world.origin, ...headers },
    body: JSON.stringify(body),
  });

describe("a page that the server renders", () => {
  it("sends a visitor without a session to the login page", async () => {
    const answer = await get("/overview");
    assert.equal(answer.status, 307);
    assert.equal(new URL(answer.headers.get("location"), world.origin).href, `${world.origin}/login?next=%2Foverview`);
  });

  it("shows a visitor with a good token what the API knows", async () => {
    const { access_token: token } = await (await post("/auth/login", world.demo)).json();
    const answer = await get("/overview", token);
    const page = await answer.text();
    assert.equal(answer.status, 200);
    assert.match(page, /demo@example\.com/);
    assert.match(answer.headers.get("cache-control"), /no-store/);
    assert.ok(!page.includes(token), "the token must not be written into the page");
  });

  it("takes no bad token", async (test) => {
    const { refresh_token: refreshToken } = await (await post("/auth/login", world.demo)).json();
    const tokens = { ...(await badTokens(secret)), "a refresh token": refreshToken };
    for (const [name, token] of Object.entries(tokens)) {
      await test.test(name, async () => {
        const page = await get("/overview", token);
        assert.equal(page.status, 307);
        assert.match(page.headers.get("location"), /\/login\?next=%2Foverview$/);
        assert.equal((await get("/session", token)).status, 401);
        const kept = await keep(token);
        assert.equal(kept.status, 401);
        assert.equal(kept.headers.get("set-cookie"), null);
      });
    }
  });

  it("takes the good token that the bad ones are made of", async () => {
    assert.equal((await get("/session", await sign(secret))).status, 204);
  });

  it("is 403 for a visitor who may not see it", async () => {
    const answer = await get("/overview", await sign(secret, { claims: { scope: "" } }));
    assert.equal(answer.status, 403);
    assert.match(await answer.text(), /Not for this account/);
  });
});

describe("the session cookie", () => {
  it("is for the server alone, and ends with the token", async () => {
    const cookie = (await keep(await sign(secret))).headers.get("set-cookie");
    const [, maxAge] = /Max-Age=(\d+)/.exec(cookie);
    assert.ok(maxAge > 890 && maxAge <= 900, cookie);
    for (const attribute of ["HttpOnly", "Secure", "SameSite=strict", "Path=/;"]) assert.ok(cookie.includes(attribute), cookie);
  });

  it("is emptied by DELETE", async () => {
    const answer = await fetch(`${world.origin}/session`, { method: "DELETE", headers: { Origin: world.origin } });
    assert.equal(answer.status, 204);
    assert.match(answer.headers.get("set-cookie"), /^__Host-session=;.*Max-Age=0/);
  });

  it("is changed by no other site", async (test) => {
    const token = await sign(secret);
    const strangers = {
      "a request without Origin": {},
      "a page of another site": { Origin: "https://example.com" },
      "a page on another port": { Origin: "http://localhost:1" },
      "a page without an origin": { Origin: "null" },
      "another site, as the browser says": { Origin: world.origin, "Sec-Fetch-Site": "cross-site" },
      "another host of the same site": { Origin: world.origin, "Sec-Fetch-Site": "same-site" },
    };
    for (const [name, headers] of Object.entries(strangers)) {
      await test.test(name, async () => {
        for (const method of ["POST", "DELETE"]) {
          const answer = await fetch(`${world.origin}/session`, {
            method,
            headers: { Authorization: `Bearer ${token}`, ...headers },
          });
          assert.equal(answer.status, 403);
          assert.equal(answer.headers.get("set-cookie"), null);
        }
      });
    }
  });
});

describe("the paths of the API", () => {
  it("keep the refresh cookie where the browser sends it back", async () => {
    const answer = await post("/auth/login", { ...world.demo, mode: "cookie" }, { "Sec-Fetch-Site": "same-origin" });
    assert.equal(answer.status, 200);
    assert.equal((await answer.json()).refresh_token, undefined);
    const cookie = answer.headers.get("set-cookie");
    assert.match(cookie, /^__Secure-tollgate_refresh=tgr1_/);
    assert.match(cookie, /Path=\/auth(;|$)/);
  });

  it("stay closed to pages of other sites", async () => {
    const answer = await post("/auth/login", { ...world.demo, mode: "cookie" }, { Origin: "https://example.com" });
    assert.equal(answer.status, 403);
  });

  it("pass refusals on as they are", async () => {
    const answer = await fetch(`${world.origin}/me`);
    assert.equal(answer.status, 401);
    assert.match(answer.headers.get("www-authenticate"), /^Bearer realm="tollgate"/);
  });
});

describe("a rotated key", () => {
  const status = async (token) => (await get("/session", token)).status;
  let newer;
  before(async () => {
    world.rotateKeys();
    newer = await world.secret();
  });

  it("counts with the next token, and the older one goes on", async () => {
    assert.notEqual(newer, secret);
    assert.deepEqual([await status(await sign(newer)), await status(await sign(secret))], [204, 204]);
  });

  it("goes on while the file is away", async () => {
    await rename(world.keyFile, `${world.keyFile}.away`);
    assert.equal(await status(await sign(newer)), 204);
    await rename(`${world.keyFile}.away`, world.keyFile);
  });

  it("ends with the next token after it was dropped", async () => {
    world.dropKey(keyId(secret));
    assert.deepEqual([await status(await sign(newer)), await status(await sign(secret))], [204, 401]);
    secret = newer;
  });
});

describe("without Tollgate", () => {
  before(() => world.stopTollgate());

  it("a page of the server says that the API did not answer", async () => {
    const answer = await get("/overview", await sign(secret));
    assert.equal(answer.status, 200);
    assert.match(await answer.text(), /The API did not answer/);
  });

  it("a bad token is refused as ever", async () => {
    assert.equal((await get("/overview", "nonsense")).status, 307);
  });

  it("a call of the API is a fault of the server, and no refusal", async () => {
    assert.equal((await fetch(`${world.origin}/me`)).status, 500);
  });
});
