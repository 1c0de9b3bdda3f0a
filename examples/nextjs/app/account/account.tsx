"use client";

import { Protected } from "../auth-context";
import { Facts } from "../facts";
import { Notice } from "../notice";
import { ToLogin } from "../to-login";
import { Unreachable } from "../unreachable";
import type { Me, Reports } from "@/lib/answers";
import { useAnswer } from "./use-answer";

export function Account() {
  return (
    <Protected
      loading={<Notice>Looking for your session…</Notice>}
      unavailable={<Unreachable />}
      fallback={<ToLogin from="/account" />}
    >
      <WhoYouAre />
      <YourReports />
    </Protected>
  );
}

function WhoYouAre() {
  const me = useAnswer<Me>("/me");
  return (
    <section className="card" aria-labelledby="who">
      <h2 id="who">Who you are</h2>
      {me.phase === "asked" && <p className="quiet">Asking…</p>}
      {me.phase === "failed" && <Notice kind="problem">{me.problem}</Notice>}
      {me.phase === "answered" && (
        <Facts
          of={{
            Address: me.body.email,
            Id: <code>{me.body.id}</code>,
            Scope: <code>{me.body.scope || "none"}</code>,
            "This token is good until": new Date(me.body.expires_at * 1000).toLocaleTimeString("en-GB"),
          }}
        />
      )}
    </section>
  );
}

function YourReports() {
  const reports = useAnswer<Reports>("/reports");
  return (
    <section className="card" aria-labelledby="reports">
      <h2 id="reports">Your reports</h2>
      {reports.phase === "asked" && <p className="quiet">Asking…</p>}
      {reports.phase === "failed" && <Notice kind="problem">{reports.problem}</Notice>}
      {reports.phase === "answered" && <p>{reports.body.reports.length || "No"} reports so far.</p>}
    </section>
  );
}
