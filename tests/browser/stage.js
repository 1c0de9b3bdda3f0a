// What a file of tests plays on: a server, the network in front of it, and a browser.

import { after, afterEach } from "node:test";
import { launch } from "./chromium.js";
import { Proxy } from "./proxy.js";
import { Server } from "./server.js";
import { Visitor } from "./visitor.js";

/** Sets one up, which is taken down when the tests of the file are over; the network is good again after each. */
export async function setStage(name, variables) {
  const server = await Server.start(name, variables);
  const proxy = await Proxy.start(server.url);
  const browser = await launch();
  const visitors = [];
  const stage = {
    server,
    proxy,
    browser,
    async visitor(options) {
      const visitor = await Visitor.arrive(stage, options);
      visitors.push(visitor);
      return visitor;
    },
  };
  afterEach(async () => {
    proxy.calm();
    await Promise.all(visitors.splice(0).map((visitor) => visitor.context.close()));
  });
  after(async () => {
    await browser.close();
    await proxy.stop();
    await server.stop();
  });
  return stage;
}
