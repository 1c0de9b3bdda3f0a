"""Verifies access tokens with python-jose."""

from jose import jwt
from jose.exceptions import ExpiredSignatureError, JWTError

import access_token
from access_token import ALGORITHM, LEEWAY, ExpiredToken, InvalidToken, User
from key_ring import KeyRing
from settings import Settings


def verify(token: str, keys: KeyRing, settings: Settings) -> User:
    """The user of `token`, or `InvalidToken`."""
    key = keys.get(access_token.key_id(token))
    if key is None:
        raise InvalidToken("no key has this kid")
    try:
        jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            issuer=settings.issuer,
            audience=settings.audience,
            # Unless it is told to require a claim, python-jose accepts a token without it: also one without aud.
            options={
                "leeway": LEEWAY,
                **{f"require_{name}": True for name in ("iss", "aud", "sub", "iat", "exp", "jti")},
            },
        )
    except ExpiredSignatureError as error:
        raise ExpiredToken from error
    # It compares and converts before it looks at types.
    except (JWTError, TypeError, OverflowError, RecursionError) as error:
        raise InvalidToken(str(error)) from error
    return access_token.user(token)
