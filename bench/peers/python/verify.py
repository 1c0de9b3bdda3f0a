"""Verifies one access token over and over: `verify.py PyJWT|python-jose`, with the token in the environment."""

import os
import sys
from collections.abc import Callable
from importlib.metadata import version

from worker import work

token, key = os.environ["BENCH_TOKEN"], os.environ["BENCH_KEY"]
issuer, audience = os.environ["BENCH_ISSUER"], os.environ["BENCH_AUDIENCE"]


def with_pyjwt() -> Callable[[], object]:
    import jwt

    secret = key.encode()
    options = {"require": ["exp", "iss", "aud"]}
    return lambda: jwt.decode(token, secret, algorithms=["HS256"], issuer=issuer, audience=audience, options=options)


def with_python_jose() -> Callable[[], object]:
    from jose import jwt

    options = {"require_exp": True, "require_iss": True, "require_aud": True}
    return lambda: jwt.decode(token, key, algorithms=["HS256"], issuer=issuer, audience=audience, options=options)


package = sys.argv[1]
call = {"PyJWT": with_pyjwt, "python-jose": with_python_jose}[package]()
assert call()["sub"]
work(f"{package} {version(package)}, Python {sys.version.split()[0]}", call)
