"""Verifies access tokens with PyJWT."""

import jwt

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
            leeway=LEEWAY,
            # strict_aud: one string, never a list.
            options={"require": list(access_token.CLAIMS), "strict_aud": True},
        )
    except jwt.ExpiredSignatureError as error:
        raise ExpiredToken from error
    # It converts before it looks at types.
    except (jwt.PyJWTError, TypeError, OverflowError, RecursionError) as error:
        raise InvalidToken(str(error)) from error
    return access_token.user(token)
