//! Templates: what is read, and what is refused by name and line.

use tollgate_gateway::{Api, ApiKind, TemplateError};

use crate::functions::{http_template, rest_template};

fn problem(template: &str) -> String {
    match Api::parse(template, "t.yaml") {
        Ok(_) => "none".to_owned(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn what_an_api_says_about_itself() {
    let api = Api::parse(&rest_template("{}", ""), "t.yaml").expect("a valid template");
    assert_eq!(api.kind(), ApiKind::Rest);
    let functions: Vec<&str> = api.functions().into_iter().collect();
    assert_eq!(
        functions,
        [
            "authorizer",
            "broken",
            "collapses",
            "echo",
            "garbage",
            "gone",
            "panics",
            "slow"
        ]
    );
    let routes: Vec<(String, Option<&str>)> = api
        .routes()
        .take(5)
        .map(|route| (route.to_string(), route.authorizer()))
        .collect();
    let guarded = |text: &str| (text.to_owned(), Some("Tokens"));
    assert_eq!(
        routes,
        [
            guarded("ANY /me"),
            guarded("ANY /other"),
            guarded("ANY /users/{id}"),
            guarded("ANY /files/{path+}"),
            ("POST /open/echo".to_owned(), None),
        ]
    );
}

/// A template with one thing replaced.
fn changed(from: &str, to: &str) -> String {
    let template = rest_template("{}", "");
    assert!(template.contains(from), "{from}");
    template.replace(from, to)
}

fn assert_refused(template: &str, expected: &str) {
    let found = problem(template);
    assert!(
        found.contains(expected),
        "expected {expected}\n   found {found}"
    );
    assert!(found.starts_with("t.yaml line "), "{found}");
}

#[test]
fn refused_in_a_rest_api() {
    for (yaml, expected) in [
        (
            "DefinitionBody: {}",
            "t.yaml line 11: Api.DefinitionBody: is not emulated on one machine; supported here: StageName",
        ),
        (
            "Fn::Transform: { Name: AWS::Include }",
            "Api.Fn::Transform: is not emulated",
        ),
        ("Auth2: {}", "Api.Auth2: is not emulated"),
        ("Cors: '*'", "Api.Cors: should be in single quotes"),
        (
            "Cors: { AllowOrigin: '*' }",
            "Api.Cors.AllowOrigin: should be in single quotes",
        ),
        (
            "Cors: { AllowMethods: \"'*'\" }",
            "Api.Cors: AllowOrigin is missing",
        ),
        (
            "GatewayResponses: { NOPE: {} }",
            "GatewayResponses.NOPE: is not a gateway response type",
        ),
    ] {
        assert_refused(&rest_template("{}", &format!("      {yaml}")), expected);
    }
    for (response, expected) in [
        ("StatusCode: 42", "StatusCode: should be an HTTP status"),
        (
            "ResponseParameters: { Paths: {} }",
            "ResponseParameters.Paths: is not emulated",
        ),
        (
            "ResponseParameters: { Headers: { X: method.request.header.Y } }",
            "Headers.X: \"method.request.header.Y\" is not supported",
        ),
        (
            "ResponseTemplates: { application/json: '$input.body' }",
            "ResponseTemplates.application/json: $input.body is not supported",
        ),
        (
            "ResponseTemplates: { text/html: x }",
            "ResponseTemplates.text/html: is not emulated",
        ),
    ] {
        let yaml = format!("      GatewayResponses: {{ THROTTLED: {{ {response} }} }}");
        assert_refused(&rest_template("{}", &yaml), expected);
    }
    let second = rest_template("{}", "") + "  Second: { Type: AWS::Serverless::HttpApi }\n";
    let line = second.lines().count();
    assert_refused(
        &second,
        &format!("t.yaml line {line}: Second: is a second API"),
    );
}

#[test]
fn refused_authorizers() {
    for (identity, expected) in [
        (
            "{ ValidationExpression: '(?=x)' }",
            "ValidationExpression: is not a regular expression",
        ),
        (
            "{ ReauthorizeEvery: 3601 }",
            "ReauthorizeEvery: should be a whole number from 0 to 3600",
        ),
        ("{ Headers: [A] }", "Identity.Headers: is not emulated"),
    ] {
        assert_refused(&rest_template(identity, ""), expected);
    }
    let (arn, default) = ("!GetAtt Authorizer.Arn", "DefaultAuthorizer: Tokens");
    for (from, to, expected) in [
        ("StageName: v1", "Name: x", "Api: StageName is missing"),
        (
            default,
            "DefaultAuthorizer: AWS_IAM",
            "\"AWS_IAM\" is not one",
        ),
        (
            default,
            "ApiKeyRequired: true",
            "Api.Auth.ApiKeyRequired: is not emulated",
        ),
        (
            default,
            "ResourcePolicy: {}",
            "Api.Auth.ResourcePolicy: is not emulated",
        ),
        (
            "FunctionArn: !GetAtt Authorizer.Arn",
            "UserPoolArn: x",
            "Tokens.UserPoolArn: is not emulated",
        ),
        (
            arn,
            "'arn:aws:lambda:x'",
            "FunctionArn: should refer to a resource",
        ),
        (arn, "!GetAtt Nobody.Arn", "GetAtt: names \"Nobody\""),
        (
            arn,
            "!GetAtt Api.Arn",
            "Api is not an AWS::Serverless::Function",
        ),
        (
            "Binary: authorizer",
            "Other: x",
            "Authorizer.Metadata.BuildProperties.Binary: is missing",
        ),
        (
            "Binary: authorizer",
            "Binary: ../x",
            "Binary: should be a binary's name",
        ),
        (
            "Identity: {}",
            "FunctionPayloadType: REQUEST",
            "Tokens: needs an Identity to cache by",
        ),
        (
            "Identity: {}",
            "FunctionPayloadType: JWT",
            "FunctionPayloadType: should be TOKEN or REQUEST",
        ),
    ] {
        assert_refused(&changed(from, to), expected);
    }
}

#[test]
fn refused_events() {
    let me = "Type: Api, Properties: { RestApiId: !Ref Api, Path: '/me'";
    for (from, to, expected) in [
        (
            "Authorizer: NONE",
            "Authorizer: Nobody",
            "\"Nobody\" is neither",
        ),
        (
            "Authorizer: NONE",
            "ApiKeyRequired: true",
            "Auth.ApiKeyRequired: is not emulated",
        ),
        ("Path: '/other'", "Path: /me", "another event already has"),
        ("Path: '/other'", "Path: other", "Path: should start with /"),
        (
            "Path: '/other'",
            "RequestModel: {}",
            "RequestModel: is not emulated",
        ),
        (
            "Method: post",
            "Method: fetch",
            "Method: should be an HTTP method",
        ),
        (
            me,
            "Type: Api, Properties: { Path: '/me'",
            "Guarded.Events.E0: has no RestApiId; write `RestApiId: !Ref Api`",
        ),
        (
            me,
            "Type: Api, Properties: { RestApiId: !Ref Guarded, Path: '/me'",
            "refers to another API than Api",
        ),
        (
            me,
            "Type: HttpApi, Properties: { Path: '/me'",
            "is of type HttpApi",
        ),
    ] {
        assert_refused(&changed(from, to), expected);
    }
}

#[test]
fn refused_in_an_http_api() {
    let identity = "Identity: { Headers: [Authorization] }";
    for (template, expected) in [
        (
            http_template("Identity: { ReauthorizeEvery: 5 }", ""),
            "needs identity sources to cache by",
        ),
        (
            http_template(identity, "").replace("FormatVersion: 2.0", "FormatVersion: '1.0'"),
            "should be 2.0",
        ),
        (
            http_template(identity, "      GatewayResponses: {}"),
            "Api.GatewayResponses: is not emulated",
        ),
        (
            http_template(
                identity,
                "      CorsConfiguration: { AllowOrigins: ['*'], AllowCredentials: true }",
            ),
            "does not go with",
        ),
        (
            http_template("JwtConfiguration: {}", ""),
            "Tokens.JwtConfiguration: is not emulated",
        ),
    ] {
        let found = problem(&template);
        assert!(
            found.contains(expected),
            "expected {expected}\n   found {found}"
        );
    }
}

#[test]
fn globals_are_merged_and_conditions_decide() {
    let template = "
Parameters:
  Stage: { Type: String, Default: live }
  Seconds: { Type: Number, Default: 0 }
Conditions:
  Never: !Equals [!Ref Stage, test]
Globals:
  Api: { Auth: { DefaultAuthorizer: Tokens } }
Resources:
  Other: { Type: AWS::Serverless::Api, Condition: Never, Properties: { DefinitionBody: {} } }
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: !Ref Stage
      Auth:
        Authorizers:
          Tokens: { FunctionArn: !GetAtt F.Arn, Identity: { ReauthorizeEvery: !Ref Seconds } }
          Off: !Ref AWS::NoValue
  F:
    Type: AWS::Serverless::Function
    Metadata: { BuildProperties: { Binary: !If [Never, x, authorizer] } }
    Properties: { Events: { E: { Type: Api, Properties: { RestApiId: { Ref: Api }, Path: /, Method: get } },
      Nightly: { Type: Schedule, Properties: { Schedule: rate(1 day) } } } }
";
    let api = Api::parse(template, "t.yaml").expect("a valid template");
    let routes: Vec<_> = api
        .routes()
        .map(|route| (route.to_string(), route.authorizer()))
        .collect();
    assert_eq!(routes, [("GET /".to_owned(), Some("Tokens"))]);
}

#[test]
fn files_that_are_no_templates() {
    let missing = Api::load(std::path::Path::new("/nowhere/template.yaml"))
        .err()
        .expect("no such file");
    assert!(
        missing
            .to_string()
            .contains("/nowhere/template.yaml; --template"),
        "{missing}"
    );
    assert!(matches!(
        Api::parse("A: [1\nB: 2", "t.yaml"),
        Err(TemplateError::Syntax { line: 2.., .. })
    ));
    for text in [
        "",
        "42",
        "[]",
        "A: 1",
        "Resources: 1",
        "Resources: {}",
        "Resources: { A: { Type: AWS::S3::Bucket } }",
    ] {
        assert!(
            matches!(Api::parse(text, "t.yaml"), Err(TemplateError::NoApi { .. })),
            "{text}"
        );
    }
}

/// Every template with a piece cut out, and with each value replaced, is read or refused: it never panics.
#[test]
fn damaged_templates_never_panic() {
    let identity = "{ ValidationExpression: '^x$', ReauthorizeEvery: 300 }";
    let rest = rest_template(
        identity,
        "      Cors: { AllowOrigin: \"'*'\" }\n      GatewayResponses: { THROTTLED: { StatusCode: 429 } }",
    );
    let http = http_template(
        "Identity: { Headers: [Authorization] }",
        "      CorsConfiguration: { MaxAge: 5 }",
    );
    for template in [rest, http] {
        for cut in (0..template.len()).filter(|cut| template.is_char_boundary(*cut)) {
            let _ = Api::parse(&template[..cut], "t.yaml");
        }
        let lines: Vec<&str> = template.lines().collect();
        for index in 0..lines.len() {
            for replacement in [
                "",
                "null",
                "[]",
                "{}",
                "!Ref",
                "!If [a]",
                "!Sub ['${x}', 1]",
                "- x",
                "'",
                "*x",
                "&x",
            ] {
                let mut damaged = lines.clone();
                let kept = lines[index].split_once(": ").map_or("", |(key, _)| key);
                let line = format!("{kept}: {replacement}");
                damaged[index] = &line;
                let _ = Api::parse(&damaged.join("\n"), "t.yaml");
            }
        }
    }
    let deep = "[".repeat(100_000);
    let nested: String = (0..500).map(|depth| " ".repeat(depth) + "a:\n").collect();
    for text in [
        deep,
        nested,
        "a: &a [*a]".to_owned(),
        "\u{feff}".to_owned(),
        "\0".to_owned(),
    ] {
        assert!(Api::parse(&text, "t.yaml").is_err());
    }
}
