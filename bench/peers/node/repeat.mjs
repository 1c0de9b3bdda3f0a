// Answers the event BENCH_EVENT so many times, for a profiler that counts: `repeat.mjs CALLS`.

import assert from "node:assert";

import { handler } from "./authorizer.mjs";

const { BENCH_EVENT } = process.env;
let answer;
for (let call = 0; call < Number(process.argv[2]); call += 1) answer = JSON.stringify(await handler(JSON.parse(BENCH_EVENT)));
assert(JSON.parse(answer).isAuthorized, answer);
