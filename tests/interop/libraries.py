"""Signs and verifies tokens with PyJWT and python-jose: one request and one answer in JSON on each line.

A verification can leave one check out (`loosen`), which is how the tests show that the check is what refuses.
"""

import json
import sys
from typing import Any

import jose.jws
import jose.jwt
import jwt

Request = dict[str, Any]
Claims = dict[str, Any]

ALGORITHM = "HS256"
TYPE = "at+jwt"
REQUIRED = ["iss", "aud", "sub", "iat", "exp", "jti"]


def algorithms(loosen: str | None) -> list[str]:
    return [ALGORITHM, "HS512"] if loosen == "alg" else [ALGORITHM]


def required(loosen: str | None) -> list[str]:
    return [name for name in REQUIRED if name != loosen]


def refuse_type(header: dict[str, Any], loosen: str | None) -> None:
    """Neither library looks at `typ`."""
    if loosen != "typ" and header.get("typ") != TYPE:
        raise ValueError("wrong typ")


def verify_with_pyjwt(token: str, secret: str, issuer: str, audience: str, loosen: str | None) -> Claims:
    checks = {f"verify_{name}": name != loosen for name in ["signature", "exp", "nbf", "iat", "aud", "iss"]}
    decoded = jwt.decode_complete(
        token,
        secret,
        algorithms=algorithms(loosen),
        issuer=issuer,
        audience=audience,
        options={**checks, "require": required(loosen)},
    )
    refuse_type(decoded["header"], loosen)
    return decoded["payload"]


def verify_with_python_jose(token: str, secret: str, issuer: str, audience: str, loosen: str | None) -> Claims:
    checks = {f"verify_{name}": name != loosen for name in ["signature", "exp", "nbf", "iat", "aud", "iss"]}
    requires = {f"require_{name}": True for name in required(loosen)}
    claims = jose.jwt.decode(
        token,
        secret,
        algorithms=algorithms(loosen),
        issuer=issuer,
        audience=audience,
        options={**checks, **requires},
    )
    refuse_type(jose.jwt.get_unverified_header(token), loosen)
    return claims


def sign_with_pyjwt(header: dict[str, Any], claims: Claims, secret: str) -> str:
    key = None if header["alg"] == "none" else secret
    return jwt.encode(claims, key, algorithm=header["alg"], headers=header)


def sign_with_python_jose(header: dict[str, Any], claims: Claims, secret: str) -> str:
    return jose.jwt.encode(claims, secret, algorithm=header["alg"], headers=header)


ACTIONS = {
    ("PyJWT", "sign"): sign_with_pyjwt,
    ("PyJWT", "verify"): verify_with_pyjwt,
    ("python-jose", "sign"): sign_with_python_jose,
    ("python-jose", "verify"): verify_with_python_jose,
}


def answer(request: Request) -> dict[str, Any]:
    action = ACTIONS[request.pop("library"), request.pop("action")]
    try:
        return {"result": action(**request)}
    except Exception as error:  # Whatever a library raises is its refusal.
        return {"refusal": f"{type(error).__name__}: {error}"}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
