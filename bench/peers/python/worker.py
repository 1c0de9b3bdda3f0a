"""A worker of a benchmark: it is asked on its standard input, and answers on its standard output."""

import json
import sys
import time
from collections.abc import Callable


def work(name: str, call: Callable[[], object]) -> None:
    """Says who it is, then answers each line `SAMPLES CALLS` with so many times.

    A time is that of one call, in nanoseconds: the mean of CALLS in a row.
    """
    print(json.dumps(name), flush=True)
    for line in sys.stdin:
        samples, calls = map(int, line.split())
        print(json.dumps([measure(call, calls) for _ in range(samples)]), flush=True)


def measure(call: Callable[[], object], calls: int) -> float:
    rounds = range(calls)
    start = time.perf_counter_ns()
    for _ in rounds:
        call()
    return (time.perf_counter_ns() - start) / calls
