"""template.yaml, deployed in moto as far as moto goes: what is there afterwards, with monitoring and without.

In process, and without a network. What moto leaves out is printed, and has to be what is known here: if that changes,
the checks may show more, or show less than they seem to.
"""

import ast
import collections
import io
import json
import logging
import os
import unittest
import warnings
import zipfile

import boto3
from moto import mock_aws
from moto.core.common_models import CloudFormationModel

from translated import CODE, FUNCTIONS, as_list, present, translate

# moto's CloudFormation gives a REST API no routes, and then refuses to deploy it: left out here.
LEFT_OUT = {"AWS::ApiGateway::Deployment": 1}
# What moto passes over in silence.
SKIPPED = {"AWS::ApiGateway::Stage": 1, "AWS::SecretsManager::RotationSchedule": 2}
# What it makes, but not as the template says. check_template.py looks at these.
IGNORED = "routes, authorizer and refusals of the API; TTL, recovery and encryption of the table; architecture and log group of functions"
PARAMETERS = {"Issuer": "https://auth.example.com", "Audience": "api.example.com"}


def taught(kind, create):
    """moto has this kind of thing, but its CloudFormation does not: this hands it on, with all its properties."""

    class Model(CloudFormationModel):
        # moto files what it makes under the service in the name of the module.
        __module__ = f"template.{kind}"

        def __init__(self, properties):
            self.physical_resource_id, self.arn = create(properties)

        @staticmethod
        def cloudformation_type():
            return kind

        @classmethod
        def create_from_cloudformation_json(cls, _name, resource, _account, _region, **_):
            return cls(resource["Properties"])

        def get_cfn_attribute(self, _):
            return self.arn

    return Model


def create_alarm(properties):
    cloudwatch = boto3.client("cloudwatch")
    cloudwatch.put_metric_alarm(**properties)
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=[properties["AlarmName"]])["MetricAlarms"]
    return alarm["AlarmName"], alarm["AlarmArn"]


def create_secret(properties):
    vault = boto3.client("secretsmanager")
    value = vault.get_random_password(**properties["GenerateSecretString"])["RandomPassword"]
    others = {name: it for name, it in properties.items() if name != "GenerateSecretString"}
    return (vault.create_secret(SecretString=value, **others)["ARN"],) * 2


TAUGHT = [taught("AWS::CloudWatch::Alarm", create_alarm), taught("AWS::SecretsManager::Secret", create_secret)]
HANDED_ON = ", ".join(model.cloudformation_type() for model in TAUGHT)


def zipped():
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("bootstrap", "")
    return archive.getvalue()


class Deployed:
    """What is there with any parameters."""

    PARAMETERS = {}

    @classmethod
    def setUpClass(cls):
        # Credentials are moto's. These settings would lead somewhere else.
        for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_REGION"):
            os.environ.pop(name, None)
        os.environ["AWS_DEFAULT_REGION"] = "us-east-1"
        # It warns about what it passes over, twice for each; one line below says the same.
        warnings.filterwarnings("ignore", message="Tried to parse AWS::")
        logging.getLogger("moto").setLevel(logging.ERROR)
        aws = mock_aws()
        aws.start()
        cls.addClassCleanup(aws.stop)
        template = translate()
        parameters = PARAMETERS | cls.PARAMETERS
        cls.expected = {name: it["Type"] for name, it in present(template, **parameters).items()}
        template["Resources"] = {name: it for name, it in template["Resources"].items() if it["Type"] not in LEFT_OUT}
        bucket, key = CODE
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket=bucket)
        s3.put_object(Bucket=bucket, Key=key, Body=zipped())
        # As `sam deploy` does it: the template is longer than a request may be.
        s3.put_object(Bucket=bucket, Key="template.json", Body=json.dumps(template))
        cloudformation = boto3.client("cloudformation")
        cloudformation.create_stack(
            StackName="tollgate",
            TemplateURL=f"https://{bucket}.s3.amazonaws.com/template.json",
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
            Capabilities=["CAPABILITY_IAM"],
        )
        (cls.stack,) = cloudformation.describe_stacks(StackName="tollgate")["Stacks"]
        pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName="tollgate")
        resources = [resource for page in pages for resource in page["StackResourceSummaries"]]
        # moto also lists a resource without a name for each condition that does not hold.
        cls.made = {it["LogicalResourceId"]: it["PhysicalResourceId"] for it in resources if it["LogicalResourceId"]}

    def function(self, name):
        return boto3.client("lambda").get_function_configuration(FunctionName=self.made[name])

    def policy_of(self, function):
        """The statements of a function's role: action and the ARN it is for."""
        role = self.function(function)["Role"].rpartition("/")[2]
        iam = boto3.client("iam")
        (name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
        # As text, since moto keeps what CloudFormation gave it in Python's spelling.
        document = ast.literal_eval(str(iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]))
        for statement in document["Statement"]:
            for action in as_list(statement["Action"]):
                for arn in as_list(statement["Resource"]):
                    yield action, arn

    def alarms(self):
        return boto3.client("cloudwatch").describe_alarms()["MetricAlarms"]

    def test_the_stack_is_complete(self):
        self.assertEqual("CREATE_COMPLETE", self.stack["StackStatus"])

    def test_moto_leaves_out_what_is_known_and_no_more(self):
        self.assertLessEqual(set(self.made), set(self.expected))
        missing = collections.Counter(kind for name, kind in self.expected.items() if name not in self.made)
        told = ", ".join(f"{count} x {kind}" for kind, count in sorted(missing.items()))
        title = " ".join(f"{name}='{value}'" for name, value in self.PARAMETERS.items())
        print(f"\nin moto with {title}: {len(self.made)} of {len(self.expected)} resources")
        print(f"  made by its API, since its CloudFormation has none: {HANDED_ON}")
        print(f"  missing: {told}\n  not as the template says: {IGNORED}")
        self.assertEqual(LEFT_OUT | SKIPPED, dict(missing))

    def test_the_table_has_its_keys(self):
        table = boto3.client("dynamodb").describe_table(TableName=self.made["Table"])["Table"]
        self.assertEqual(
            [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}], table["KeySchema"]
        )
        self.assertEqual("PAY_PER_REQUEST", table["BillingModeSummary"]["BillingMode"])
        self.assertTrue(table["DeletionProtectionEnabled"])

    def test_the_secrets_are_64_letters_and_digits(self):
        vault = boto3.client("secretsmanager")
        values = set()
        for name in ("AccessKey", "RefreshKey"):
            value = vault.get_secret_value(SecretId=self.made[name])["SecretString"]
            self.assertRegex(value, "^[A-Za-z0-9]{64}$", name)
            values.add(value)
        self.assertEqual(2, len(values))

    def test_each_function_has_its_role_and_its_settings(self):
        roles = set()
        for function in FUNCTIONS:
            configuration = self.function(function)
            roles.add(configuration["Role"])
            self.assertTrue(configuration["Role"].endswith("/" + self.made[function.replace("Function", "Role")]))
            for name, value in configuration.get("Environment", {}).get("Variables", {}).items():
                self.assertTrue(value, f"{function}: {name}")
                self.assertNotIn("${", value, f"{function}: {name}")
        self.assertEqual(len(FUNCTIONS), len(roles))
        variables = self.function("LoginFunction")["Environment"]["Variables"]
        self.assertEqual("dynamodb://" + self.made["Table"], variables["TOLLGATE_STORE"])
        vault = boto3.client("secretsmanager")
        for variable, secret in (("TOLLGATE_ACCESS_KEY", "AccessKey"), ("TOLLGATE_REFRESH_KEY", "RefreshKey")):
            name = vault.describe_secret(SecretId=self.made[secret])["Name"]
            self.assertEqual(f"secretsmanager://{name}", variables[variable])

    def test_roles_grant_things_of_this_stack_only(self):
        table = boto3.client("dynamodb").describe_table(TableName=self.made["Table"])["Table"]["TableArn"]
        # On AWS, what `!GetAtt Logs.Arn` gives ends with :* as well.
        groups = {it["logGroupName"]: it["arn"].removesuffix(":*") for it in boto3.client("logs").describe_log_groups()["logGroups"]}
        for function, name in FUNCTIONS.items():
            own_logs = groups[f"/aws/lambda/tollgate-{name}"]
            arns = {"logs": {own_logs}, "dynamodb": {table}, "secretsmanager": {self.made["AccessKey"], self.made["RefreshKey"]}}
            for action, arn in self.policy_of(function):
                self.assertIn(arn, arns[action.partition(":")[0]], f"{function}: {action}")

    def test_only_secrets_manager_may_rotate(self):
        policy = json.loads(boto3.client("lambda").get_policy(FunctionName=self.made["RotateKeysFunction"])["Policy"])
        secrets = set()
        for statement in policy["Statement"]:
            self.assertEqual({"Service": "secretsmanager.amazonaws.com"}, statement["Principal"])
            self.assertEqual(self.stack["StackId"].split(":")[4], statement["Condition"]["StringEquals"]["AWS:SourceAccount"])
            secrets.add(statement["Condition"]["ArnLike"]["AWS:SourceArn"])
        self.assertEqual({self.made["AccessKey"], self.made["RefreshKey"]}, secrets)

    def test_logs_are_kept_for_ninety_days(self):
        groups = {it["logGroupName"]: it["retentionInDays"] for it in boto3.client("logs").describe_log_groups()["logGroups"]}
        names = {f"/aws/lambda/tollgate-{name}" for name in FUNCTIONS.values()} | {"/aws/apigateway/tollgate"}
        self.assertEqual(dict.fromkeys(names, 90), groups)

    def test_the_outputs_have_values(self):
        outputs = {it["OutputKey"]: it["OutputValue"] for it in self.stack["Outputs"]}
        self.assertEqual("dynamodb://" + self.made["Table"], outputs["Store"])
        self.assertEqual("secretsmanager://tollgate/access-key", outputs["AccessKeySecret"])
        self.assertEqual("secretsmanager://tollgate/refresh-key", outputs["RefreshKeySecret"])
        self.assertRegex(outputs["ApiUrl"], "^https://.+/v1$")


class WithMonitoring(Deployed, unittest.TestCase):
    PARAMETERS = {"Monitoring": "on", "AlarmEmail": "ops@example.com"}

    def test_there_is_an_alarm_for_each_in_the_template(self):
        alarms = [name for name, kind in self.expected.items() if kind == "AWS::CloudWatch::Alarm"]
        self.assertEqual(sorted(self.made[name] for name in alarms), sorted(alarm["AlarmName"] for alarm in self.alarms()))
        for alarm in self.alarms():
            self.assertTrue(alarm["AlarmName"].startswith("tollgate-"))
            self.assertEqual([self.made["AlarmTopic"]], alarm["AlarmActions"], alarm["AlarmName"])

    def test_the_topic_mails_to_the_address(self):
        (subscription,) = boto3.client("sns").list_subscriptions()["Subscriptions"]
        self.assertEqual(("email", "ops@example.com"), (subscription["Protocol"], subscription["Endpoint"]))

    def test_the_dashboard_shows_this_stack(self):
        body = boto3.client("cloudwatch").get_dashboard(DashboardName="tollgate-us-east-1")["DashboardBody"]
        self.assertNotIn("${", body)
        shown = [arn for widget in json.loads(body)["widgets"] for arn in widget["properties"].get("alarms", [])]
        self.assertEqual(sorted(alarm["AlarmArn"] for alarm in self.alarms()), sorted(shown))

    def test_every_function_writes_metrics_under_the_name_of_the_stack(self):
        for function in FUNCTIONS:
            self.assertEqual("tollgate", self.function(function)["Environment"]["Variables"]["TOLLGATE_METRICS"], function)


class WithoutAnAddress(Deployed, unittest.TestCase):
    PARAMETERS = {"Monitoring": "on", "AlarmEmail": ""}

    def test_alarms_go_off_for_nobody(self):
        self.assertTrue(self.alarms())
        for alarm in self.alarms():
            self.assertEqual([], alarm.get("AlarmActions", []), alarm["AlarmName"])
        self.assertEqual([], boto3.client("sns").list_topics()["Topics"])


class WithoutMonitoring(Deployed, unittest.TestCase):
    PARAMETERS = {"Monitoring": "off", "AlarmEmail": "ops@example.com"}

    def test_there_is_nothing_to_pay_for(self):
        self.assertEqual([], self.alarms())
        self.assertEqual([], boto3.client("cloudwatch").list_dashboards()["DashboardEntries"])
        self.assertEqual([], boto3.client("sns").list_topics()["Topics"])

    def test_no_function_writes_metrics(self):
        for function in FUNCTIONS:
            variables = self.function(function).get("Environment", {}).get("Variables", {})
            self.assertNotIn("TOLLGATE_METRICS", variables, function)


if __name__ == "__main__":
    unittest.main()
