// The back button, and whether the browser had kept the page for it.

import assert from "node:assert/strict";
import { until } from "./until.js";

/**
 * Goes back to the page that was there before `away` is looked at. Nothing in that page may keep a browser from
 * keeping it; a headless shell keeps none for reasons of its own, which are told to `tell`.
 */
export async function leaveAndReturn(page, away, tell, meanwhile = () => {}) {
  const devtools = await page.context().newCDPSession(page);
  const reasons = [];
  devtools.on("Page.backForwardCacheNotUsed", ({ notRestoredExplanations }) => reasons.push(...notRestoredExplanations));
  await devtools.send("Page.enable");
  await page.evaluate(() => (window.wasHere = true));
  await page.goto(away);
  await meanwhile();
  await page.goBack({ waitUntil: "commit" });
  const kept = await page.evaluate(() => window.wasHere ?? false);
  if (!kept) await until(() => reasons.length > 0);
  const names = (explanations) => explanations.map(({ reason }) => reason).join(", ");
  assert.equal(names(reasons.filter(({ type }) => type === "PageSupportNeeded")), "");
  tell(kept ? "the back-forward cache had the page" : `no back-forward cache in this browser: ${names(reasons)}`);
}
