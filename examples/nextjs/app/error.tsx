"use client";

import { Notice } from "./notice";

export default function Failure({ reset }: { reset: () => void }) {
  return (
    <div className="narrow">
      <h1>Something went wrong</h1>
      <Notice kind="problem">
        <p>This page could not be made. It has nothing to do with your account.</p>
        <button type="button" onClick={reset}>
          Try again
        </button>
      </Notice>
    </div>
  );
}
