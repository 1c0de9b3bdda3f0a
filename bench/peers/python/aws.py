"""Sets up what is measured on AWS: `aws.py secret NAME` (the key in BENCH_KEY), or `aws.py table NAME`."""

import os
import sys

import boto3


def secret(name):
    client = boto3.client("secretsmanager")
    try:
        client.create_secret(Name=name, SecretString=os.environ["BENCH_KEY"])
    except client.exceptions.ResourceExistsException:
        client.put_secret_value(SecretId=name, SecretString=os.environ["BENCH_KEY"])


def table(name):
    """As template.yaml has it, and empty."""
    keys = {"pk": "HASH", "sk": "RANGE"}
    client = boto3.client("dynamodb")
    if name in client.list_tables()["TableNames"]:
        client.delete_table(TableName=name)
    client.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
        KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in keys.items()],
        BillingMode="PAY_PER_REQUEST",
    )


{"secret": secret, "table": table}[sys.argv[1]](sys.argv[2])
