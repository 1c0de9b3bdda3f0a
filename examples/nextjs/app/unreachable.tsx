"use client";

import { useState } from "react";
import { tollgate } from "@/lib/tollgate";
import { Notice } from "./notice";

/** For as long as nobody knows whether there is a session: it is not over, only out of reach. */
export function Unreachable() {
  const [busy, setBusy] = useState(false);

  async function tryAgain() {
    setBusy(true);
    // What comes of it is a state, which shows by itself.
    await tollgate.refresh().catch(() => {});
    setBusy(false);
  }

  return (
    <Notice kind="problem">
      <p>The server cannot be reached right now. Your session is not lost.</p>
      <button type="button" onClick={tryAgain} aria-disabled={busy}>
        {busy ? "Trying…" : "Try again"}
      </button>
    </Notice>
  );
}
