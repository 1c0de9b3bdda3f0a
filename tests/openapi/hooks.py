"""What schemathesis cannot know: who has an account, which refresh token is good, and how API Gateway refuses."""

import json
import os
from collections import Counter
from itertools import count
from pathlib import Path

import requests
import schemathesis
from schemathesis import GenerationMode

URL = os.environ["GATEWAY"]
CREDENTIALS = {"email": os.environ["EMAIL"], "password": os.environ["PASSWORD"]}
# Every operation with the statuses that it was answered with: the test looks whether all was reached.
ANSWERED = Path(os.environ["ANSWERED"])
COOKIE = "__Secure-tollgate_refresh"

turns = count()
answered = Counter()


@schemathesis.hook
def filter_body(context, body):
    """JSON Schema counts letters, and the password's limit counts bytes."""
    password = body.get("password") if isinstance(body, dict) else None
    return not isinstance(password, str) or len(password) > 1024 or len(password.encode()) <= 1024


@schemathesis.hook
def before_call(context, case, kwargs):
    """Every other good request is one of somebody who has an account, and may have logged in."""
    if case.meta is None or case.meta.generation.mode != GenerationMode.POSITIVE:
        return
    if not isinstance(case.body, dict) or next(turns) % 2:
        return
    if case.path == "/auth/login":
        case.body |= CREDENTIALS
    elif case.body.get("mode") == "cookie":
        case.cookies = {**(case.cookies or {}), COOKIE: refresh_token()}
    elif not case.body["refresh_token"].startswith("tgr1_"):
        case.body["refresh_token"] = refresh_token()
    if case.body.get("mode") == "cookie":
        case.headers = {**(case.headers or {}), "Origin": URL, "Sec-Fetch-Site": "same-origin"}


def refresh_token():
    answer = requests.post(f"{URL}/auth/login", json=CREDENTIALS, timeout=60)
    answer.raise_for_status()
    return answer.json()["refresh_token"]


@schemathesis.hook
def after_call(context, case, response):
    answered[f"{case.method} {case.path} {response.status_code}"] += 1
    ANSWERED.write_text(json.dumps(answered))


@schemathesis.check
def what_is_not_there_is_not_found(ctx, response, case):
    """API Gateway answers 404 to a method that a path does not have."""
    method = response.request.method
    if method in ("OPTIONS", case.operation.method.upper()):
        return
    assert response.status_code == 404, f"{method} is answered {response.status_code}"
    assert response.json()["error"] == "not_found"
