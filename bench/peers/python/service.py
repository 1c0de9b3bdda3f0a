"""A protected request as FastAPI's documentation has it, with PyJWT: `uvicorn service:app`."""

import os
from typing import Annotated

import jwt
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

ISSUER, AUDIENCE, KEY = os.environ["BENCH_ISSUER"], os.environ["BENCH_AUDIENCE"], os.environ["BENCH_KEY"].encode()

app = FastAPI()
bearer = HTTPBearer()


async def get_current_user(credentials: Annotated[HTTPAuthorizationCredentials, Depends(bearer)]) -> dict:
    try:
        return jwt.decode(
            credentials.credentials,
            KEY,
            algorithms=["HS256"],
            issuer=ISSUER,
            audience=AUDIENCE,
            options={"require": ["exp", "iss", "aud"]},
        )
    except jwt.InvalidTokenError as error:
        raise HTTPException(401, "invalid_token", {"WWW-Authenticate": 'Bearer error="invalid_token"'}) from error


@app.get("/me")
async def me(user: Annotated[dict, Depends(get_current_user)]) -> dict[str, str]:
    return {"sub": user["sub"], "email": user["email"], "scope": user["scope"]}
