"""What template.yaml becomes, checked: `sam validate` says that it is valid, this says that it is what we mean.

SAM's own translator runs here, offline, so the checks see the roles, routes and responses that CloudFormation would.
Run by `cargo xtask test --only template`; any Python with aws-sam-translator will do.
"""

import json
import re
import unittest

from translated import FUNCTIONS, TEMPLATE, TemplateTestCase, as_list, source

# What each function may do, apart from writing to its own log group.
GRANTS = {
    "LoginFunction": {
        ("secretsmanager:GetSecretValue", "AccessKey"),
        ("secretsmanager:GetSecretValue", "RefreshKey"),
        ("dynamodb:GetItem", "Table"),
        ("dynamodb:PutItem", "Table"),
        ("dynamodb:UpdateItem", "Table"),
        ("dynamodb:DeleteItem", "Table"),
        ("dynamodb:ConditionCheckItem", "Table"),
    },
    "RefreshFunction": {
        ("secretsmanager:GetSecretValue", "AccessKey"),
        ("secretsmanager:GetSecretValue", "RefreshKey"),
        ("dynamodb:GetItem", "Table"),
        ("dynamodb:UpdateItem", "Table"),
    },
    "LogoutFunction": {
        ("secretsmanager:GetSecretValue", "RefreshKey"),
        ("dynamodb:UpdateItem", "Table"),
    },
    "AuthorizerFunction": {("secretsmanager:GetSecretValue", "AccessKey")},
    "ProtectedApiFunction": set(),
    "RotateKeysFunction": {
        (f"secretsmanager:{action}", key)
        for action in ("DescribeSecret", "GetSecretValue", "PutSecretValue", "UpdateSecretVersionStage")
        for key in ("AccessKey", "RefreshKey")
    },
}
# Which settings each function reads; TTLs and METRICS aside, which all of them get.
SETTINGS = {
    "LoginFunction": {"ISSUER", "AUDIENCE", "ACCESS_KEY", "REFRESH_KEY", "STORE", "ALLOWED_ORIGIN"},
    "RefreshFunction": {"ISSUER", "AUDIENCE", "ACCESS_KEY", "REFRESH_KEY", "STORE", "ALLOWED_ORIGIN"},
    "LogoutFunction": {"REFRESH_KEY", "STORE", "ALLOWED_ORIGIN"},
    "AuthorizerFunction": {"ISSUER", "AUDIENCE", "ACCESS_KEY", "TRUSTED_ISSUERS"},
    "ProtectedApiFunction": {"ALLOWED_ORIGIN"},
    "RotateKeysFunction": set(),
}
# Every gateway response that a REST API has and we word ourselves, with the status that clients see.
STATUSES = {
    "UNAUTHORIZED": "401",
    "ACCESS_DENIED": "401",
    "MISSING_AUTHENTICATION_TOKEN": "404",
    "INVALID_SIGNATURE": "404",
    "RESOURCE_NOT_FOUND": "404",
    "BAD_REQUEST_BODY": "400",
    "BAD_REQUEST_PARAMETERS": "400",
    "REQUEST_TOO_LARGE": "413",
    "UNSUPPORTED_MEDIA_TYPE": "415",
    "WAF_FILTERED": "403",
    "THROTTLED": "429",
    "QUOTA_EXCEEDED": "429",
    "AUTHORIZER_FAILURE": "503",
    "AUTHORIZER_CONFIGURATION_ERROR": "503",
    "API_CONFIGURATION_ERROR": "503",
    "INTEGRATION_FAILURE": "503",
    "INTEGRATION_TIMEOUT": "503",
    "DEFAULT_4XX": None,
    "DEFAULT_5XX": None,
}
PUBLIC = {("post", "/auth/login"), ("post", "/auth/refresh"), ("post", "/auth/logout")}
PROTECTED = {("get", "/me"), ("get", "/reports")}


def target(resource):
    """The logical id of `!Ref Id` and `!GetAtt Id.Arn`; anything else as it is."""
    if isinstance(resource, dict) and "Ref" in resource:
        return resource["Ref"]
    if isinstance(resource, dict) and "Fn::GetAtt" in resource:
        return as_list(resource["Fn::GetAtt"])[0].split(".")[0]
    return json.dumps(resource)


def table_of_roles():
    """The comment at the top of the template: what each function may do, as it is promised there."""
    comment = [line[1:].strip() for line in TEMPLATE.read_text(encoding="utf-8").splitlines() if line.startswith("#   ")]
    header, *rows = [line.split(maxsplit=3) for line in comment if ":" not in line]
    assert header == ["function", "access", "key", "refresh key  table"], header
    words = {"-": []} | {word: actions.split() for word, actions in (line.split(":") for line in comment if ":" in line)}
    return {
        function: {(f"secretsmanager:{action}", "AccessKey") for action in words[access]}
        | {(f"secretsmanager:{action}", "RefreshKey") for action in words[refresh]}
        | {(f"dynamodb:{action}", "Table") for action in table.split() if action != "-"}
        for function, access, refresh, table in rows
    }


class TranslatedTemplate(TemplateTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.api = cls.resources["Api"]["Properties"]["Body"]

    def role_of(self, function):
        return target(self.properties(function)["Role"])

    def grants(self, role):
        properties = self.properties(role)
        self.assertNotIn("ManagedPolicyArns", properties, f"{role}: a managed policy grants more than is written here")
        for policy in properties["Policies"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                self.assertEqual("Allow", statement["Effect"])
                self.assertFalse({"NotAction", "NotResource"} & set(statement), role)
                for action in as_list(statement["Action"]):
                    for resource in as_list(statement["Resource"]):
                        yield action, target(resource)

    # Functions

    def test_the_functions_are_these(self):
        self.assertEqual(set(FUNCTIONS), set(self.of_type("AWS::Lambda::Function")))

    def test_each_function_builds_its_own_binary(self):
        for function, binary in FUNCTIONS.items():
            metadata = self.resources[function]["Metadata"]
            self.assertEqual("rust-cargolambda", metadata["BuildMethod"])
            self.assertEqual({"Binary": binary}, metadata["BuildProperties"])
            self.assertEqual("provided.al2023", self.properties(function)["Runtime"])
            self.assertEqual("bootstrap", self.properties(function)["Handler"])

    def test_each_function_is_built_in_its_own_folder(self):
        # From the workspace's root, cargo would unite its features with those of the command-line tool.
        sources = source()["Resources"]
        for function, binary in FUNCTIONS.items():
            self.assertEqual(f"functions/{binary}", sources[function]["Properties"]["CodeUri"])

    def test_the_architecture_is_arm64_unless_asked(self):
        self.assertEqual("arm64", self.parameters["Architecture"]["Default"])
        for function in FUNCTIONS:
            self.assertEqual([{"Ref": "Architecture"}], self.properties(function)["Architectures"])

    def test_functions_end_before_api_gateway_stops_waiting(self):
        for function in FUNCTIONS:
            self.assertLess(self.properties(function)["Timeout"], 29, function)

    def test_functions_get_the_settings_that_they_read_and_no_other(self):
        for function, settings in SETTINGS.items():
            variables = self.properties(function).get("Environment", {}).get("Variables", {})
            names = {name.removeprefix("TOLLGATE_") for name in variables if name.startswith("TOLLGATE_")}
            ttls = {"ACCESS_TTL", "REFRESH_TTL", "REFRESH_MAX_AGE"}
            self.assertEqual(settings | {"METRICS"}, names - ttls, function)

    def test_the_settings_name_the_secrets_and_the_table(self):
        variables = self.properties("LoginFunction")["Environment"]["Variables"]
        for variable, secret in (("TOLLGATE_ACCESS_KEY", "AccessKey"), ("TOLLGATE_REFRESH_KEY", "RefreshKey")):
            name = self.properties(secret)["Name"]["Fn::Sub"]
            self.assertEqual({"Fn::Sub": f"secretsmanager://{name}"}, variables[variable])
        self.assertEqual({"Fn::Sub": "dynamodb://${Table}"}, variables["TOLLGATE_STORE"])

    # Permissions

    def test_each_function_has_a_role_of_its_own(self):
        roles = [self.role_of(function) for function in FUNCTIONS]
        self.assertEqual(len(FUNCTIONS), len(set(roles)), roles)
        for role in roles:
            statements = self.properties(role)["AssumeRolePolicyDocument"]["Statement"]
            self.assertEqual(1, len(statements), role)
            self.assertEqual({"Service": "lambda.amazonaws.com"}, statements[0]["Principal"], role)

    def test_each_role_grants_what_is_listed_and_no_more(self):
        for function, expected in GRANTS.items():
            own_logs = target(self.properties(function)["LoggingConfig"]["LogGroup"])
            logs = {("logs:CreateLogStream", own_logs), ("logs:PutLogEvents", own_logs)}
            self.assertEqual(expected | logs, set(self.grants(self.role_of(function))), function)

    def test_the_table_at_the_top_of_the_template_says_what_the_roles_grant(self):
        granted = {}
        for function, name in FUNCTIONS.items():
            grants = set(self.grants(self.role_of(function)))
            granted[name] = {(action, resource) for action, resource in grants if not action.startswith("logs:")}
        self.assertEqual(granted, table_of_roles())

    def test_the_authorizer_reads_neither_the_refresh_key_nor_the_table(self):
        targets = {resource for _, resource in self.grants(self.role_of("AuthorizerFunction"))}
        self.assertFalse(targets & {"RefreshKey", "Table"}, targets)

    def test_the_authorizer_reads_keys_of_others_only_where_they_are_named(self):
        # Nobody has this account: cfn-lint wants the ARN of something.
        self.assertIn(":000000000000:", self.parameters["TrustedIssuerKeys"]["Default"])
        self.assertEqual("", self.parameters["TrustedIssuers"]["Default"])
        self.assertEqual({"AuthorizerTrust"}, set(self.of_type("AWS::IAM::RolePolicy")))
        trust = self.resources["AuthorizerTrust"]
        self.assertEqual("TrustOthers", trust["Condition"])
        self.assertEqual({"Ref": "AuthorizerRole"}, trust["Properties"]["RoleName"])
        allowed = {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": {"Ref": "TrustedIssuerKeys"}}
        self.assertEqual([allowed], trust["Properties"]["PolicyDocument"]["Statement"])

    def test_nothing_is_granted_on_everything(self):
        for name in self.of_type("AWS::IAM::Role"):
            for policy in self.properties(name).get("Policies", []):
                for statement in policy["PolicyDocument"]["Statement"]:
                    for text in as_list(statement["Action"]) + as_list(statement["Resource"]):
                        self.assertNotIn("*", json.dumps(text), name)

    def test_functions_are_called_by_the_api_and_by_secrets_manager_only(self):
        keys = set()
        for name, permission in self.of_type("AWS::Lambda::Permission").items():
            properties = permission["Properties"]
            self.assertEqual("lambda:InvokeFunction", properties["Action"], name)
            if target(properties["FunctionName"]) == "RotateKeysFunction":
                self.assertEqual("secretsmanager.amazonaws.com", properties["Principal"], name)
                self.assertEqual({"Ref": "AWS::AccountId"}, properties["SourceAccount"], name)
                keys.add(properties["SourceArn"]["Ref"])
            else:
                self.assertEqual("apigateway.amazonaws.com", properties["Principal"], name)
                self.assertIn("${__ApiId__}", json.dumps(properties["SourceArn"]), name)
        self.assertEqual({"AccessKey", "RefreshKey"}, keys)

    # Routes and the authorizer

    def test_every_route_but_auth_asks_the_authorizer(self):
        open_routes, guarded, rest = set(), set(), set()
        for path, methods in self.api["paths"].items():
            for method, operation in methods.items():
                if method == "options":
                    self.assertNotIn("security", operation, f"{path}: a preflight carries no token")
                elif operation["security"] == [{"TollgateAuthorizer": []}]:
                    guarded.add((method, path))
                elif operation["security"] == [{"NONE": []}]:
                    open_routes.add((method, path))
                else:
                    rest.add((method, path))
        self.assertEqual((PUBLIC, PROTECTED, set()), (open_routes, guarded, rest))

    def authorizer(self):
        schemes = self.api["components"]["securitySchemes"]
        self.assertEqual(["TollgateAuthorizer"], list(schemes))
        self.assertEqual(("header", "Authorization"), (schemes["TollgateAuthorizer"]["in"], schemes["TollgateAuthorizer"]["name"]))
        return schemes["TollgateAuthorizer"]["x-amazon-apigateway-authorizer"]

    def test_the_authorizer_is_asked_with_the_token(self):
        authorizer = self.authorizer()
        self.assertEqual("token", authorizer["type"])
        self.assertIn("AuthorizerFunction", json.dumps(authorizer["authorizerUri"]))
        self.assertEqual(300, authorizer["authorizerResultTtlInSeconds"])
        self.assertEqual((0, 3600), (self.parameters["AuthorizerCacheSeconds"]["MinValue"], self.parameters["AuthorizerCacheSeconds"]["MaxValue"]))

    def test_only_a_bearer_jwt_reaches_the_authorizer(self):
        expression = re.compile(self.authorizer()["identityValidationExpression"])
        for good in ("Bearer a.b.c", "bearer eyJ_-.eyJ_-.0-_", "BEARER a.b.c"):
            self.assertTrue(expression.search(good), good)
        for bad in (
            "", "Bearer", "Bearer ", "a.b.c", "Basic a.b.c", "Bearer a.b", "Bearer a.b.c.d.e", "Bearer a.b.", "Bearer  a.b.c",
            " Bearer a.b.c", "Bearer a.b.c,Bearer a.b.c", "Bearer a.b.c x", "Bearer a.b.c=", "Bearer\ta.b.c", "Bearer a.b.ü",
        ):
            self.assertFalse(expression.search(bad), bad)

    def test_the_stage_is_throttled_and_the_auth_routes_more(self):
        (stage,) = self.of_type("AWS::ApiGateway::Stage").values()
        limits = {
            (setting["HttpMethod"], setting["ResourcePath"].replace("~1", "/").replace("//", "/", 1)): setting
            for setting in stage["Properties"]["MethodSettings"]
        }
        default = limits[("*", "/*")]
        for method, path in PUBLIC:
            limit = limits[(method.upper(), path)]
            for key in ("ThrottlingRateLimit", "ThrottlingBurstLimit"):
                self.assertLess(limit[key], default[key], path)
        for setting in limits.values():
            self.assertEqual(("OFF", False), (setting["LoggingLevel"], setting["DataTraceEnabled"]), "execution logs hold bodies")

    def test_access_logs_are_json_and_hold_no_credential(self):
        (stage,) = self.of_type("AWS::ApiGateway::Stage").values()
        setting = stage["Properties"]["AccessLogSetting"]
        self.assertEqual("AccessLogs", target(setting["DestinationArn"]))
        fields = json.loads(setting["Format"])
        self.assertEqual("$context.authorizer.reason", fields["reason"])
        self.assertLessEqual({"request_id", "function_request_id", "authorizer_request_id", "status", "latency_ms"}, set(fields))
        self.assertNotRegex(setting["Format"].lower(), r"authorization|header|cookie|querystring|input|body|useragent")

    # Refusals

    def responses(self):
        return self.api["x-amazon-apigateway-gateway-responses"]

    def test_every_refusal_has_its_status(self):
        self.assertEqual(STATUSES, {name: it.get("statusCode") for name, it in self.responses().items()})

    def test_every_refusal_has_the_body_of_the_contract(self):
        for name, response in self.responses().items():
            self.assertEqual(["application/json"], list(response["responseTemplates"]), name)
            body = json.loads(response["responseTemplates"]["application/json"])
            self.assertEqual({"error", "error_description"}, set(body), name)
            self.assertRegex(body["error"], "^[a-z_]+$", name)
            self.assertTrue(body["error_description"], name)

    def test_every_refusal_can_be_read_by_a_browser_and_is_not_cached(self):
        for name in self.responses():
            self.assertEqual({"Fn::Sub": "'${AllowedOrigin}'"}, self.header(name, "Access-Control-Allow-Origin"), name)
            self.assertEqual("'true'", self.header(name, "Access-Control-Allow-Credentials"), name)
            self.assertEqual("'no-store'", self.header(name, "Cache-Control"), name)

    def test_a_preflight_lets_the_allowed_origin_send_the_refresh_cookie(self):
        for path in ("/auth/login", "/auth/refresh", "/auth/logout"):
            responses = self.api["paths"][path]["options"]["x-amazon-apigateway-integration"]["responses"]
            headers = responses["default"]["responseParameters"]
            headers = {name.removeprefix("method.response.header."): value for name, value in headers.items()}
            self.assertEqual({"Fn::Sub": "'${AllowedOrigin}'"}, headers["Access-Control-Allow-Origin"], path)
            self.assertEqual("'true'", headers["Access-Control-Allow-Credentials"], path)

    def test_401_carries_a_challenge(self):
        self.assertEqual("'Bearer realm=\"tollgate\"'", self.header("UNAUTHORIZED", "WWW-Authenticate"))
        self.assertEqual("'Bearer realm=\"tollgate\", error=\"invalid_token\"'", self.header("ACCESS_DENIED", "WWW-Authenticate"))
        body = json.loads(self.responses()["ACCESS_DENIED"]["responseTemplates"]["application/json"])
        self.assertEqual("invalid_token", body["error"])
        self.assertEqual("$context.authorizer.error_description", body["error_description"])

    def test_429_and_503_say_when_to_come_back(self):
        for name, status in STATUSES.items():
            if status in ("429", "503") or name == "DEFAULT_5XX":
                self.assertRegex(self.header(name, "Retry-After") or "", r"^'[1-9][0-9]*'$", name)

    def test_a_function_that_breaks_is_a_5xx_that_says_when_to_come_back(self):
        # 502 of a function, and whatever else has no response of its own, is worded by DEFAULT_5XX.
        for name in ("DEFAULT_5XX", "INTEGRATION_FAILURE", "INTEGRATION_TIMEOUT", "AUTHORIZER_FAILURE", "API_CONFIGURATION_ERROR"):
            self.assertRegex(self.header(name, "Retry-After"), r"^'[1-9][0-9]*'$", name)
            body = json.loads(self.responses()[name]["responseTemplates"]["application/json"])
            self.assertIn(body["error"], ("server_error", "temporarily_unavailable"), name)

    def header(self, response, name):
        return self.responses()[response]["responseParameters"].get(f"gatewayresponse.header.{name}")

    def test_a_preflight_allows_what_clients_send(self):
        for path, methods in self.api["paths"].items():
            parameters = methods["options"]["x-amazon-apigateway-integration"]["responses"]["default"]["responseParameters"]
            allowed = parameters["method.response.header.Access-Control-Allow-Headers"].strip("'").split(",")
            self.assertLessEqual({"authorization", "content-type", "idempotency-key"}, set(allowed), path)

    # What is stored

    def test_the_table_is_kept_and_forgets_on_time(self):
        table = self.resources["Table"]
        properties = table["Properties"]
        self.assertEqual({"AttributeName": "expires_at", "Enabled": True}, properties["TimeToLiveSpecification"])
        self.assertTrue(properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"])
        self.assertTrue(properties["DeletionProtectionEnabled"])
        self.assertTrue(properties["SSESpecification"]["SSEEnabled"])
        self.assertEqual("PAY_PER_REQUEST", properties["BillingMode"])
        self.assertEqual(("Retain", "Retain"), (table["DeletionPolicy"], table["UpdateReplacePolicy"]))
        keys = [(key["AttributeName"], key["KeyType"]) for key in properties["KeySchema"]]
        self.assertEqual([("pk", "HASH"), ("sk", "RANGE")], keys)

    def test_the_secrets_are_generated_and_long(self):
        secrets = self.of_type("AWS::SecretsManager::Secret")
        self.assertEqual({"AccessKey", "RefreshKey"}, set(secrets))
        for name, secret in secrets.items():
            self.assertNotIn("SecretString", secret["Properties"], name)
            # Bytes of the string are the key: 32 of them at least, and random ones.
            self.assertGreaterEqual(secret["Properties"]["GenerateSecretString"]["PasswordLength"], 64, name)

    def test_both_keys_are_rotated_on_a_schedule(self):
        rotated = set()
        for name, schedule in self.of_type("AWS::SecretsManager::RotationSchedule").items():
            properties = schedule["Properties"]
            self.assertEqual("RotateKeysFunction", target(properties["RotationLambdaARN"]), name)
            self.assertEqual({"AutomaticallyAfterDays": {"Ref": "RotationDays"}}, properties["RotationRules"], name)
            self.assertIs(False, properties["RotateImmediatelyOnUpdate"], name)
            secret = properties["SecretId"]["Ref"]
            # Secrets Manager refuses a function that it may not call.
            permission = self.properties(schedule["DependsOn"])
            self.assertEqual(("RotateKeysFunction", secret), (target(permission["FunctionName"]), permission["SourceArn"]["Ref"]))
            rotated.add(secret)
        self.assertEqual({"AccessKey", "RefreshKey"}, rotated)

    def test_a_key_outlives_the_refresh_tokens_it_signed(self):
        days = self.parameters["RotationDays"]
        lifetime = self.parameters["RefreshTtl"]["Default"]
        self.assertEqual(30, days["Default"])
        self.assertGreater(days["Default"], int(lifetime.removesuffix("d")))
        self.assertIn("RefreshTtl", days["Description"])

    def test_no_log_is_kept_for_ever_or_made_by_accident(self):
        groups = self.of_type("AWS::Logs::LogGroup")
        for name, group in groups.items():
            self.assertEqual({"Ref": "LogRetentionDays"}, group["Properties"]["RetentionInDays"], name)
        own = {target(self.properties(function)["LoggingConfig"]["LogGroup"]) for function in FUNCTIONS}
        self.assertEqual(len(FUNCTIONS), len(own))
        self.assertEqual(own | {"AccessLogs"}, set(groups))

    def test_the_log_role_of_the_whole_account_is_left_alone_by_default(self):
        self.assertEqual("existing", self.parameters["ApiGatewayLogRole"]["Default"])
        for name, resource in self.of_type("AWS::ApiGateway::Account").items():
            self.assertEqual("CreateApiGatewayLogRole", resource["Condition"], name)
            self.assertEqual("Retain", resource["DeletionPolicy"], name)


if __name__ == "__main__":
    unittest.main()
