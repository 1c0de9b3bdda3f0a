"""Who is calling, as a dependency of FastAPI; what is refused is refused as Tollgate's gateway does."""

import re
from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request, Response
from fastapi.responses import JSONResponse

from access_token import ExpiredToken, InvalidToken, User
from key_ring import KeyRing
from settings import Settings
from with_pyjwt import verify

# Three base64url parts after a scheme in any case (RFC 9110, section 11.1).
BEARER = re.compile(r"bearer ([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)", re.IGNORECASE | re.ASCII)

settings = Settings.from_environment()
keys = KeyRing(settings.key_file)


class Refusal(Exception):
    """401: who you are is not proven. 403: it is, and you may not. As in RFC 6750, section 3."""

    def __init__(self, status: int, error: str, description: str, challenge: str = "") -> None:
        self.status = status
        self.body = {"error": error, "error_description": description}
        self.challenge = 'Bearer realm="tollgate"' + challenge


def answer_refusal(_request: Request, refusal: Refusal) -> JSONResponse:
    """Makes an answer of a refusal: `app.add_exception_handler(Refusal, answer_refusal)`."""
    headers = {"WWW-Authenticate": refusal.challenge, "Cache-Control": "no-store"}
    return JSONResponse(refusal.body, refusal.status, headers)


def get_current_user(request: Request, response: Response) -> User:
    """The user whom the access token of the request proves."""
    response.headers["Cache-Control"] = "no-store"
    credentials = request.headers.getlist("authorization")
    match = BEARER.fullmatch(credentials[-1]) if credentials else None
    # RFC 6750, section 3.1: a challenge without an error for a request without a token.
    no_token = Refusal(401, "unauthorized", "A Bearer access token is required.")
    if match is None:
        raise no_token
    try:
        user = verify(match[1], keys, settings)
    except InvalidToken as invalid:
        expired = isinstance(invalid, ExpiredToken)
        description = "The access token has expired." if expired else "The access token is not valid."
        raise Refusal(401, "invalid_token", description, ', error="invalid_token"') from invalid
    if len(credentials) > 1:
        # Which of them the caller meant, nobody knows.
        raise no_token
    return user


CurrentUser = Annotated[User, Depends(get_current_user)]


def require_scope(needed: str) -> Callable[[User], User]:
    """A dependency: the user, if the token allows `needed`."""

    def check(user: CurrentUser) -> User:
        if not user.may(needed):
            description = f"The access token needs the scope {needed}."
            challenge = f', error="insufficient_scope", scope="{needed}"'
            raise Refusal(403, "insufficient_scope", description, challenge)
        return user

    return check
