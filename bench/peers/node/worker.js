// A worker of a benchmark: it is asked on its standard input, and answers on its standard output.

import { createInterface } from "node:readline";

/**
 * Says who it is, then answers each line `SAMPLES CALLS` with so many times. A time is that of one call, in
 * nanoseconds: the mean of CALLS in a row.
 */
export async function work(name, measure) {
  console.log(JSON.stringify(name));
  for await (const line of createInterface({ input: process.stdin })) {
    const [samples, calls] = line.split(" ").map(Number);
    const times = [];
    while (times.length < samples) times.push(await measure(calls));
    console.log(JSON.stringify(times));
  }
}

export const measureSync = (call) => (calls) => {
  const start = process.hrtime.bigint();
  for (let made = 0; made < calls; made += 1) call();
  return Number(process.hrtime.bigint() - start) / calls;
};

export const measureAsync = (call) => async (calls) => {
  const start = process.hrtime.bigint();
  for (let made = 0; made < calls; made += 1) await call();
  return Number(process.hrtime.bigint() - start) / calls;
};
