// A person with a browser, and the tabs that are open in it.

import assert from "node:assert/strict";

const COOKIE = "__Secure-tollgate_refresh";

/** One browser profile in front of one server. */
export class Visitor {
  #stage;
  #seen;

  /** Every state that a client in this browser told, in order: { status, why }. */
  states = [];
  /** What the pages complained about. */
  complaints = [];

  static async arrive(stage, options = {}) {
    const visitor = new Visitor();
    visitor.#stage = stage;
    visitor.#seen = stage.server.events.length;
    visitor.credentials = stage.server.demo;
    visitor.context = await stage.browser.newContext({ baseURL: stage.proxy.origin, ...options });
    visitor.context.setDefaultTimeout(10_000);
    await visitor.context.exposeFunction("report", (status, why) => visitor.states.push({ status, why }));
    visitor.context.on("weberror", (event) => visitor.complaints.push(String(event.error())));
    return visitor;
  }

  /** A new tab with a client in it, which has made up its mind whether somebody is logged in. */
  async openTab(path = "/harness") {
    const page = await this.context.newPage();
    await page.goto(path);
    return new Tab(page).whenReady();
  }

  async openTabs(count, path) {
    const tabs = [];
    while (tabs.length < count) tabs.push(await this.openTab(path));
    return tabs;
  }

  /** A tab in which they have just logged in. */
  async logIn(path) {
    const tab = await this.openTab(path);
    assert.equal((await tab.succeed("login", this.credentials)).email, this.credentials.email);
    this.states.length = 0;
    return tab;
  }

  /** The cookie with the refresh token, as anybody with the machine can read it. */
  async cookie() {
    return (await this.context.cookies()).find((cookie) => cookie.name === COOKIE);
  }

  /** Nobody honest may ever be logged out, and nobody honest may look like a thief. */
  assertNeverLoggedOut() {
    assert.deepEqual(this.states.filter(({ status }) => status === "anonymous"), []);
    assert.deepEqual(this.#stage.server.logged("refresh.reuse_detected", this.#seen), []);
    assert.deepEqual(this.complaints, []);
  }
}

/** A tab with the harness. */
export class Tab {
  constructor(page) {
    this.page = page;
  }

  async whenReady() {
    await this.page.waitForFunction(() => window.client);
    await this.page.evaluate(() => window.client.ready.then(() => {}));
    return this;
  }

  async reload() {
    await this.page.reload();
    return this.whenReady();
  }

  /** Calls a method of the client: { value } or { error: { type, reason, … } }. */
  call(method, ...values) {
    return this.page.evaluate(([method, values]) => window.call(method, ...values), [method, values]);
  }

  /** What a method of the client returns, when it should go well. */
  async succeed(method, ...values) {
    const { value, error } = await this.call(method, ...values);
    assert.equal(error, undefined);
    return value;
  }

  /** Asks a protected path: { value: status } or { error }. */
  get(path = "/me") {
    return this.page.evaluate((path) => window.get(path), path);
  }

  async status() {
    return (await this.call("state")).value.status;
  }

  token() {
    return this.succeed("accessToken");
  }

  /** Waits until the client says so. */
  async until(status) {
    await this.page.waitForFunction((status) => window.client.state().status === status, status);
  }
}
