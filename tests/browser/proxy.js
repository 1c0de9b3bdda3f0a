// A bad network between browser and server: it passes everything on, and loses, holds back or spoils what it is
// told to. It also serves the harness, so that client and API are of one origin.

import { readFile } from "node:fs/promises";
import http from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

const HARNESS = new URL("harness.html", import.meta.url);

/** One request on its way to the server, and its answer on the way back. */
class Exchange {
  #upstream;
  #response;

  constructor(upstream, request, body, response) {
    this.#upstream = upstream;
    this.#response = response;
    this.call = `${request.method} ${request.url.split("?")[0]}`;
    this.headers = request.headers;
    this.request = { method: request.method, path: request.url, headers: request.rawHeaders };
    this.body = body;
    /** What the server answered; the browser may never have seen it. */
    this.status = undefined;
    this.arrived = false;
  }

  /** Lets the server do its work, also when nobody waits for it any more. */
  async forward() {
    const answer = await send(this.#upstream, this.request, this.body);
    this.status = answer.status;
    return answer;
  }

  answer({ status, headers, body }) {
    if (this.#response.destroyed) return;
    const length = status === 204 || status === 304 ? [] : ["content-length", String(Buffer.byteLength(body))];
    // Chromium repeats a request by itself when a connection that served before breaks, and would hide a loss.
    this.#response.writeHead(status, [...headers, ...length, "connection", "close"]);
    this.#response.end(body);
    this.arrived = true;
  }

  breakOff() {
    this.#response.destroy();
  }
}

const HOP_BY_HOP = ["connection", "keep-alive", "transfer-encoding", "content-length"];

async function send(upstream, { method, path, headers }, body) {
  const request = http.request({ ...upstream, method, path, headers: endToEnd(headers), agent: false });
  request.end(body);
  const response = await new Promise((resolve, reject) => request.once("response", resolve).once("error", reject));
  return { status: response.statusCode, headers: endToEnd(response.rawHeaders), body: await readAll(response) };
}

/** The headers that are not about one connection: names and values in turn, so that none gets lost. */
function endToEnd(headers) {
  return headers.filter((_, index) => !HOP_BY_HOP.includes(headers[index - (index % 2)].toLowerCase()));
}

async function readAll(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** What may happen to an exchange. */
export const passOn = async (exchange) => exchange.answer(await exchange.forward());

/** The server does its work, and nobody hears of it. */
export const loseAnswer = async (exchange) => {
  await exchange.forward();
  exchange.breakOff();
};

/** The request reaches the server late, whether or not the page is still there. */
export const holdRequest = (milliseconds) => async (exchange) => {
  await sleep(milliseconds);
  await passOn(exchange);
};

/** The server works at once, and its answer comes late. */
export const holdAnswer = (milliseconds) => async (exchange) => {
  const answer = await exchange.forward();
  await sleep(milliseconds);
  exchange.answer(answer);
};

/** Somebody else answers: a captive portal, a load balancer. */
export const answerHtml = (status) => (exchange) =>
  exchange.answer({ status, headers: ["content-type", "text/html"], body: "<!doctype html><title>Wi-Fi</title>" });

/** The browser never gets to keep a cookie, and never sends one. */
export const withoutCookies = async (exchange) => {
  exchange.request.headers = withoutHeader(exchange.request.headers, "cookie");
  const answer = await exchange.forward();
  exchange.answer({ ...answer, headers: withoutHeader(answer.headers, "set-cookie") });
};

function withoutHeader(headers, name) {
  return headers.filter((_, index) => headers[index - (index % 2)].toLowerCase() !== name);
}

/** Listens on a port of its own in front of one server. */
export class Proxy {
  #listener;
  #upstream;
  #faults = [];
  #port = 0;

  /** Everything that came through, in the order of its arrival. */
  exchanges = [];

  static async start(serverUrl) {
    const proxy = new Proxy();
    const { hostname, port } = new URL(serverUrl);
    proxy.#upstream = { hostname, port };
    proxy.#listener = http.createServer((request, response) => proxy.#handle(request, response));
    await proxy.acceptConnections();
    proxy.#port = proxy.#listener.address().port;
    return proxy;
  }

  /** The origin of the pages. */
  get origin() {
    return `http://localhost:${this.#port}`;
  }

  /** What happens to the next request like "POST /auth/refresh". */
  once(call, fault) {
    this.#faults.push({ call, fault, once: true });
  }

  /** What happens to every request of a kind, or to every one, until `calm`. */
  always(call, fault) {
    this.#faults.push({ call, fault, once: false });
  }

  /** Passes everything on again. */
  calm() {
    this.#faults = [];
  }

  /** How many requests like "POST /auth/refresh" there were; `since` is an earlier `exchanges.length`. */
  count(call, since = 0) {
    return this.exchanges.slice(since).filter((exchange) => exchange.call === call).length;
  }

  async refuseConnections() {
    const closed = new Promise((resolve) => this.#listener.close(resolve));
    this.#listener.closeAllConnections();
    await closed;
  }

  async acceptConnections() {
    await new Promise((resolve, reject) => {
      this.#listener.once("error", reject);
      this.#listener.listen(this.#port, "127.0.0.1", resolve);
    });
  }

  async stop() {
    if (this.#listener.listening) await this.refuseConnections();
  }

  async #handle(request, response) {
    if (request.url.startsWith("/harness")) {
      response.writeHead(200, { "content-type": "text/html" });
      response.end(await readFile(HARNESS));
      return;
    }
    // A page that goes away in the middle of its request is part of the tests.
    request.on("error", () => {});
    response.on("error", () => {});
    try {
      const exchange = new Exchange(this.#upstream, request, await readAll(request), response);
      this.exchanges.push(exchange);
      await this.#faultFor(exchange.call)(exchange);
    } catch {
      response.destroy();
    }
  }

  #faultFor(call) {
    const index = this.#faults.findIndex((fault) => fault.call === call || fault.call === "*");
    if (index < 0) return passOn;
    const { fault, once } = this.#faults[index];
    if (once) this.#faults.splice(index, 1);
    return fault;
  }
}
