"""A Lambda authorizer as AWS and PyJWT document one: the key is fetched from Secrets Manager when the sandbox starts."""

import os

import boto3
import jwt

ISSUER, AUDIENCE = os.environ["TOLLGATE_ISSUER"], os.environ["TOLLGATE_AUDIENCE"]
KEY = boto3.client("secretsmanager").get_secret_value(SecretId=os.environ["SECRET_ID"])["SecretString"].encode()


def handler(event, context):
    scheme, _, token = event["headers"].get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return {"isAuthorized": False, "context": {"reason": "no_credentials"}}
    try:
        claims = jwt.decode(
            token, KEY, algorithms=["HS256"], issuer=ISSUER, audience=AUDIENCE, options={"require": ["exp", "iss", "aud"]}
        )
    except jwt.InvalidTokenError:
        return {"isAuthorized": False, "context": {"reason": "invalid_token"}}
    return {
        "isAuthorized": True,
        "context": {name: str(claims[name]) for name in ("iss", "sub", "email", "scope", "exp", "sid")},
    }
