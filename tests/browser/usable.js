// Whether everybody can use what a page shows: what axe finds, and what would have to be scrolled sideways.

import assert from "node:assert/strict";

/** Of a page: a telephone and a desk. */
export const SIZES = { narrow: { width: 360, height: 740 }, wide: { width: 1280, height: 900 } };

/** In light and dark, narrow and wide, each with a photograph. `axe` is the text of axe-core. */
export async function assertUsable(page, view, { axe, photograph }) {
  await page.evaluate(axe);
  for (const colorScheme of ["light", "dark"]) {
    for (const [size, viewport] of Object.entries(SIZES)) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize(viewport);
      const name = `${view}-${colorScheme}-${size}`;
      await photograph(page, name);
      assert.deepEqual(await violations(page), [], name);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name} scrolls sideways`);
    }
  }
}

async function violations(page) {
  const { violations } = await page.evaluate(() => window.axe.run());
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${target} ${failureSummary}`));
}
