import type { ReactNode } from "react";

/** A sentence in a box. A problem is read out at once, anything else when there is time. */
export function Notice({ kind = "note", children }: { kind?: "note" | "problem"; children: ReactNode }) {
  return (
    <div className={`notice ${kind}`} role={kind === "problem" ? "alert" : "status"}>
      {children}
    </div>
  );
}
