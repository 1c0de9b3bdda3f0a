"""Answers the event BENCH_EVENT so many times, for a profiler that counts: `repeat.py CALLS`."""

import json
import os
import sys

from authorizer import handler

event = os.environ["BENCH_EVENT"]
for _ in range(int(sys.argv[1])):
    answer = json.dumps(handler(json.loads(event), None))
assert json.loads(answer)["isAuthorized"], answer
