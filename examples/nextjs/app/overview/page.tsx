import type { Metadata } from "next";
import { Suspense } from "react";
import type { Me, Reports } from "@/lib/answers";
import { ask } from "@/lib/protected-api";
import { requireScope, requireVisitor } from "@/lib/visitor";
import { Facts } from "../facts";
import { Notice } from "../notice";
import { SameVisitor } from "./same-visitor";

export const metadata: Metadata = { title: "On the server" };

/** Both checks come before the first byte, so that they can still say 307 or 403. A loading.tsx would take that away. */
export default async function Overview() {
  const visitor = await requireVisitor("/overview");
  requireScope(visitor, "reports:read");
  return (
    <SameVisitor id={visitor.id} page="/overview">
      <h1>On the server</h1>
      <p className="lead">This page came with its data. The server verified your token before it wrote a word.</p>
      <section className="card" aria-labelledby="who">
        <h2 id="who">Who you are</h2>
        <Suspense fallback={<Asking />}>
          <WhoYouAre />
        </Suspense>
      </section>
      <section className="card" aria-labelledby="reports">
        <h2 id="reports">Your reports</h2>
        <Suspense fallback={<Asking />}>
          <YourReports />
        </Suspense>
      </section>
    </SameVisitor>
  );
}

async function WhoYouAre() {
  const me = await ask<Me>("/me");
  if (!me) return <NoAnswer />;
  return (
    <Facts
      of={{
        Address: me.email,
        Id: <code>{me.id}</code>,
        Scope: <code>{me.scope}</code>,
        "This token is good until": `${new Date(me.expires_at * 1000).toISOString().slice(11, 19)} UTC`,
      }}
    />
  );
}

async function YourReports() {
  const answer = await ask<Reports>("/reports");
  return answer ? <p>{answer.reports.length || "No"} reports so far.</p> : <NoAnswer />;
}

function Asking() {
  return <p className="quiet">Asking…</p>;
}

function NoAnswer() {
  return <Notice kind="problem">The API did not answer. Load the page again in a moment.</Notice>;
}
