// Waiting for something that this process sees, and no page.

import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

/** Until `condition` holds, for ten seconds at most. */
export async function until(condition) {
  for (let asked = 0; !condition(); asked += 1) {
    assert.ok(asked < 500, `after ten seconds there is still no ${condition}`);
    await sleep(20);
  }
}
