"""A FastAPI service behind Tollgate's access tokens: `uvicorn main:app`."""

from typing import Annotated, Any

from fastapi import Depends, FastAPI

from auth import CurrentUser, Refusal, User, answer_refusal, require_scope

app = FastAPI()
app.add_exception_handler(Refusal, answer_refusal)


@app.get("/me")
def me(user: CurrentUser) -> User:
    """For everybody who is logged in."""
    return user


@app.get("/reports")
def reports(user: Annotated[User, Depends(require_scope("reports:read"))]) -> dict[str, Any]:
    """For those whose token has the scope `reports:read`."""
    return {"owner": user.id, "reports": []}
