// Whether everybody can use the app: what axe finds, what would have to be scrolled sideways, where the keyboard goes.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, it } from "node:test";
import { assertUsable } from "../../../tests/browser/usable.js";
import { photograph, says, setStage, shows, signIn, warns } from "./stage.js";

const stage = setStage();

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What is looked at: where one begins, and how one gets there. */
const VIEWS = {
  start: ["/", (page) => page.getByRole("banner").getByRole("link", { name: "Sign in" }).waitFor()],
  login: ["/login", (page) => page.getByLabel("Email address").waitFor()],
  "wrong-password": [
    "/login",
    async (page) => {
      await signIn(page, { ...stage.world.demo, password: "wrong" });
      await warns(page, "do not belong together");
    },
  ],
  account: [
    "/login?next=/account",
    async (page) => {
      await signIn(page, stage.world.demo);
      await says(page, "No reports so far.");
    },
  ],
  overview: [
    "/login?next=/overview",
    async (page) => {
      await signIn(page, stage.world.demo);
      await says(page, "No reports so far.");
    },
  ],
  forbidden: [
    "/login?next=/overview",
    async (page) => {
      await signIn(page, stage.world.addUser("viewer@example.com", ""));
      await shows(page, "Not for this account");
    },
  ],
  "signed-out": [
    "/login?next=/account",
    async (page) => {
      await signIn(page, stage.world.demo);
      await page.getByRole("button", { name: "Sign out" }).click();
      await says(page, "You are signed out, here and in every other tab.");
    },
  ],
  "no-such-page": ["/nowhere", (page) => shows(page, "There is no such page")],
};

describe("everybody can use the app", () => {
  for (const [view, [path, reach]] of Object.entries(VIEWS)) {
    it(`${view}, in light and dark, narrow and wide`, async () => {
      const page = await stage.visit(path);
      await reach(page);
      // After a navigation Next.js brings the title a moment later than the page.
      await page.waitForFunction(() => document.title);
      await assertUsable(page, view, { axe: AXE, photograph });
    });
  }

  it("with the keyboard, which reaches the fields of the login page in their order, and the focus is seen", async () => {
    const page = await stage.visit("/login");
    await page.getByLabel("Email address").waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.name), "email");
    await page.getByRole("link", { name: "Skip to the page" }).focus();
    const order = [];
    for (let step = 0; step < 8; step++) {
      order.push(await page.evaluate(focused));
      await page.keyboard.press("Tab");
    }
    assert.deepEqual(
      order.map(({ name }) => name),
      ["Skip to the page", "Start", "In the browser", "On the server", "Sign in", "Email address", "Password", "Sign in"],
    );
    assert.deepEqual(order.filter(({ seen }) => !seen), []);
  });
});

function focused() {
  const { activeElement: element } = document;
  const { outlineStyle, outlineWidth } = getComputedStyle(element);
  return { name: (element.labels?.[0] ?? element).textContent, seen: outlineStyle !== "none" && outlineWidth !== "0px" };
}
