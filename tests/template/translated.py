"""What SAM makes of template.yaml, for the checks beside this file."""

import logging
import unittest
from pathlib import Path

import boto3
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "template.yaml"
# Where the translator is told that the code is. It wants what `sam package` makes of it: an object in a bucket.
CODE = ("code", "bootstrap.zip")
FUNCTIONS = {
    "LoginFunction": "login",
    "RefreshFunction": "refresh",
    "LogoutFunction": "logout",
    "AuthorizerFunction": "authorizer",
    "ProtectedApiFunction": "protected-api",
    "RotateKeysFunction": "rotate-keys",
}

# It warns about a feature switch of AWS's own.
logging.getLogger("samtranslator").setLevel(logging.ERROR)


def source():
    return yaml_parse(TEMPLATE.read_text(encoding="utf-8"))


def translate():
    """The CloudFormation template, by SAM's own translator, offline."""
    template = source()
    for name in FUNCTIONS:
        template["Resources"][name]["Properties"]["CodeUri"] = "s3://{}/{}".format(*CODE)
    session = boto3.session.Session(region_name="us-east-1")
    return Translator({}, Parser(), boto_session=session).translate(template, {})


def as_list(value):
    return value if isinstance(value, list) else [value]


def holds(condition, conditions, parameters):
    """Whether a condition holds with these values of the parameters."""
    if isinstance(condition, str):
        return holds(conditions[condition], conditions, parameters)
    ((function, argument),) = condition.items()
    if function == "Condition":
        return holds(argument, conditions, parameters)
    if function == "Fn::Equals":
        left, right = (parameters[it["Ref"]] if isinstance(it, dict) else it for it in argument)
        return left == right
    parts = [holds(part, conditions, parameters) for part in argument]
    return {"Fn::And": all, "Fn::Or": any, "Fn::Not": lambda one: not one[0]}[function](parts)


def present(template, **parameters):
    """The resources that there are with these parameters, the others at their defaults."""
    values = {name: it.get("Default") for name, it in template["Parameters"].items()} | parameters
    return {
        name: it
        for name, it in template["Resources"].items()
        if "Condition" not in it or holds(it["Condition"], template["Conditions"], values)
    }


class TemplateTestCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.template = translate()
        cls.parameters = cls.template["Parameters"]
        cls.resources = cls.template["Resources"]

    def of_type(self, kind):
        return {name: it for name, it in self.resources.items() if it["Type"] == kind}

    def properties(self, name):
        return self.resources[name]["Properties"]
