"""What an access token of Tollgate is, whichever library checks its signature.

The libraries check signature, `iss`, `aud` and time, and leave the rest to the caller: `typ`, what else a header may
say, the types of claims, and how long a token may live. That rest is here.
"""

import json
import re
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass
from typing import Any

# Pinned: neither is ever taken from the token (RFC 8725, sections 3.1 and 3.11).
ALGORITHM = "HS256"
TYPE = "at+jwt"
# In seconds: how far clocks may differ, and how long a token may live whatever it says.
LEEWAY = 5
MAX_LIFETIME = 3600
# In bytes.
MAX_LENGTH = 8 * 1024
USER_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")

CLAIMS = {
    "iss": str,
    "aud": str,
    "sub": str,
    "iat": int,
    "exp": int,
    "jti": str,
    "sid": str,
    "email": str,
    "scope": str,
}


class InvalidToken(Exception):
    """The token is not good: 401."""


class ExpiredToken(InvalidToken):
    """It was good once: the client should refresh."""


@dataclass(frozen=True)
class User:
    """Who is calling."""

    id: str
    email: str
    scope: str
    expires_at: int

    def may(self, needed: str) -> bool:
        """Whether the token allows `needed`."""
        return needed in self.scope.split(" ")


def key_id(token: str) -> str:
    """The `kid` of a token whose header says exactly what ours say. Nothing of it is proven yet."""
    if len(token) > MAX_LENGTH:
        raise InvalidToken("too long")
    header, _, signature = _parts(token)
    # The same bytes in another spelling would be another token for whoever keeps a list of them.
    _bytes(signature)
    header = _object(header)
    kid = header.pop("kid", None)
    if header != {"alg": ALGORITHM, "typ": TYPE} or not isinstance(kid, str):
        raise InvalidToken("not an access token")
    return kid


def user(token: str) -> User:
    """The user of a token whose signature, issuer, audience and time a library has checked."""
    _, payload, _ = _parts(token)
    claims = _object(payload)
    for name, kind in CLAIMS.items():
        # isinstance would take True for a number.
        if type(claims.get(name)) is not kind:
            raise InvalidToken(f"{name} is missing or of another type")
    if not USER_ID.fullmatch(claims["sub"]):
        raise InvalidToken("sub is no id of a user")
    _check_time(claims["iat"], claims["exp"], claims.get("nbf", claims["iat"]), time.time())
    return User(claims["sub"], claims["email"], claims["scope"], claims["exp"])


def _check_time(iat: int, exp: int, nbf: Any, now: float) -> None:
    if iat > now + LEEWAY:
        raise InvalidToken("issued in the future")
    if type(nbf) is not int or nbf > now + LEEWAY:
        raise InvalidToken("not valid yet")
    if not 0 < exp - iat <= MAX_LIFETIME:
        raise InvalidToken("valid for too long")
    if now >= exp + LEEWAY:
        raise ExpiredToken


def _parts(token: str) -> list[str]:
    parts = token.split(".")
    if len(parts) != 3:
        raise InvalidToken("not three parts")
    return parts


def _bytes(part: str) -> bytes:
    """Strict base64url: of the spellings that mean the same bytes, only one is good."""
    try:
        decoded = urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except (Base64Error, ValueError) as error:
        raise InvalidToken("not base64url") from error
    if urlsafe_b64encode(decoded).decode().rstrip("=") != part:
        raise InvalidToken("not strict base64url")
    return decoded


def _object(part: str) -> dict[str, Any]:
    try:
        # UTF-8, where json would guess.
        found = json.loads(_bytes(part).decode(), object_pairs_hook=_without_doubles)
    except (ValueError, RecursionError) as error:
        raise InvalidToken("not JSON") from error
    if not isinstance(found, dict):
        raise InvalidToken("not an object")
    return found


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise InvalidToken("a name stands there twice")
    return found
