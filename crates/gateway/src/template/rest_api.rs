//! `AWS::Serverless::Api`: stage, authorizers, CORS and gateway responses of a REST API.

use std::time::Duration;

use super::field::Field;
use super::functions::Functions;
use super::guards::Guards;
use super::{ApiSettings, TemplateError};
use crate::authorizer::{Authorizer, Format, IdentitySource, whole_match};
use crate::cors::{Cors, RestCors, unquoted};
use crate::gateway_response::{CustomResponse, GatewayResponses, ResponseType};
use crate::response_text::{HeaderExpression, ResponseText};

/// Known to change no answer on one machine: operations, names, domains, logs, quotas.
const IGNORED: &[&str] = &[
    "AccessLogSetting",
    "AlwaysDeploy",
    "ApiKeySourceType",
    "BinaryMediaTypes",
    "CacheClusterEnabled",
    "CacheClusterSize",
    "CanarySetting",
    "Description",
    "DisableExecuteApiEndpoint",
    "Domain",
    "EndpointConfiguration",
    "FailOnWarnings",
    "MethodSettings",
    "MinimumCompressionSize",
    "Name",
    "OpenApiVersion",
    "PropagateTags",
    "Tags",
    "TracingEnabled",
];

/// API Gateway keeps an authorizer's answer this long unless told otherwise.
const DEFAULT_CACHE: Duration = Duration::from_mins(5);

pub(super) fn read(
    api: &Field<'_>,
    functions: &Functions<'_>,
) -> Result<ApiSettings, TemplateError> {
    api.only(&["StageName", "Auth", "Cors", "GatewayResponses"], IGNORED)?;
    let mut settings = ApiSettings {
        stage: api.require("StageName")?.text()?,
        guards: Guards::default(),
        authorizer_on_preflight: true,
        cors: match api.get("Cors")? {
            Some(cors) => Cors::Rest(read_cors(&cors)?),
            None => Cors::Off,
        },
        responses: match api.get("GatewayResponses")? {
            Some(responses) => read_responses(&responses)?,
            None => GatewayResponses::default(),
        },
    };
    if let Some(auth) = api.get("Auth")? {
        auth.only(
            &[
                "DefaultAuthorizer",
                "Authorizers",
                "AddDefaultAuthorizerToCorsPreflight",
            ],
            &["InvokeRole", "AddApiKeyRequiredToCorsPreflight"],
        )?;
        settings.guards =
            Guards::read(&auth, |name, field| read_authorizer(name, field, functions))?;
        if let Some(flag) = auth.get("AddDefaultAuthorizerToCorsPreflight")? {
            settings.authorizer_on_preflight = flag.flag()?;
        }
    }
    Ok(settings)
}

fn read_authorizer(
    name: &str,
    field: &Field<'_>,
    functions: &Functions<'_>,
) -> Result<Authorizer, TemplateError> {
    field.only(
        &["FunctionArn", "FunctionPayloadType", "Identity"],
        &["FunctionInvokeRole", "DisableFunctionDefaultPermissions"],
    )?;
    let payload = field.get("FunctionPayloadType")?;
    let format = match &payload {
        None => Format::Token,
        Some(payload) => match payload.text()?.as_str() {
            "TOKEN" => Format::Token,
            "REQUEST" => Format::Request,
            _ => return Err(payload.error("should be TOKEN or REQUEST")),
        },
    };
    let mut authorizer = Authorizer {
        name: name.to_owned(),
        function: functions.binary_of(&field.require("FunctionArn")?)?,
        format,
        identity: Vec::new(),
        expression: None,
        cache_for: DEFAULT_CACHE,
    };
    if let Some(identity) = field.get("Identity")? {
        read_identity(&identity, &mut authorizer)?;
    }
    if format == Format::Token && authorizer.identity.is_empty() {
        authorizer
            .identity
            .push(IdentitySource::Header("Authorization".to_owned()));
    }
    if authorizer.identity.is_empty() && !authorizer.cache_for.is_zero() {
        return Err(field.error("needs an Identity to cache by, or Identity.ReauthorizeEvery: 0"));
    }
    Ok(authorizer)
}

fn read_identity(identity: &Field<'_>, authorizer: &mut Authorizer) -> Result<(), TemplateError> {
    match authorizer.format {
        Format::Token => {
            identity.only(&["Header", "ValidationExpression", "ReauthorizeEvery"], &[])?;
            if let Some(header) = identity.get("Header")? {
                authorizer
                    .identity
                    .push(IdentitySource::Header(header.text()?));
            }
            if let Some(expression) = identity.get("ValidationExpression")? {
                let pattern = whole_match(&expression.text()?).map_err(|error| {
                    expression.error(format!(
                        "is not a regular expression that works here: {error}"
                    ))
                })?;
                authorizer.expression = Some(pattern);
            }
        }
        Format::Request | Format::Http { .. } => {
            identity.only(
                &["Headers", "QueryStrings", "Context", "ReauthorizeEvery"],
                &[],
            )?;
            read_sources(identity, authorizer)?;
        }
    }
    if let Some(seconds) = identity.get("ReauthorizeEvery")? {
        authorizer.cache_for = Duration::from_secs(seconds.number(3600)?);
    }
    Ok(())
}

/// The identity sources of a REQUEST authorizer, in the order SAM gives them to API Gateway.
pub(super) fn read_sources(
    identity: &Field<'_>,
    authorizer: &mut Authorizer,
) -> Result<(), TemplateError> {
    type Source = fn(String) -> IdentitySource;
    let kinds: [(&str, Source); 3] = [
        ("Headers", IdentitySource::Header),
        ("QueryStrings", IdentitySource::Query),
        ("Context", IdentitySource::Context),
    ];
    for (key, source) in kinds {
        if let Some(names) = identity.get(key)? {
            authorizer
                .identity
                .extend(names.texts()?.into_iter().map(source));
        }
    }
    Ok(())
}

/// `Cors`: an origin alone, or a mapping; SAM wants every text in single quotes within the YAML string.
fn read_cors(field: &Field<'_>) -> Result<RestCors, TemplateError> {
    let mut cors = RestCors::default();
    if !field.is_map() {
        cors.origin = quoted(field)?;
        return Ok(cors);
    }
    field.only(
        &[
            "AllowOrigin",
            "AllowHeaders",
            "AllowMethods",
            "MaxAge",
            "AllowCredentials",
        ],
        &[],
    )?;
    cors.origin = quoted(&field.require("AllowOrigin")?)?;
    if let Some(headers) = field.get("AllowHeaders")? {
        cors.headers = Some(quoted(&headers)?);
    }
    if let Some(methods) = field.get("AllowMethods")? {
        cors.methods = Some(quoted(&methods)?);
    }
    if let Some(age) = field.get("MaxAge")? {
        cors.max_age = Some(quoted(&age)?);
    }
    if let Some(credentials) = field.get("AllowCredentials")? {
        cors.credentials = credentials.flag()?;
    }
    Ok(cors)
}

fn quoted(field: &Field<'_>) -> Result<String, TemplateError> {
    let text = field.text()?;
    match unquoted(&text) {
        Some(value) => Ok(value.to_owned()),
        None => Err(field.error("should be in single quotes within the string, as in \"'*'\"")),
    }
}

fn read_responses(field: &Field<'_>) -> Result<GatewayResponses, TemplateError> {
    let mut responses = GatewayResponses::default();
    for (name, response) in field.entries()? {
        let kind = ResponseType::parse(&name)
            .ok_or_else(|| response.error("is not a gateway response type"))?;
        responses.set(kind, read_response(&response)?);
    }
    Ok(responses)
}

fn read_response(field: &Field<'_>) -> Result<CustomResponse, TemplateError> {
    field.only(
        &["StatusCode", "ResponseParameters", "ResponseTemplates"],
        &[],
    )?;
    let mut custom = CustomResponse::default();
    if let Some(status) = field.get("StatusCode")? {
        let code = u16::try_from(status.number(599)?).ok();
        let valid = code
            .filter(|code| *code >= 200)
            .and_then(|code| http::StatusCode::from_u16(code).ok());
        custom.status =
            Some(valid.ok_or_else(|| status.error("should be an HTTP status from 200 to 599"))?);
    }
    if let Some(parameters) = field.get("ResponseParameters")? {
        parameters.only(&["Headers"], &[])?;
        if let Some(headers) = parameters.get("Headers")? {
            for (name, value) in headers.entries()? {
                let name = name
                    .parse()
                    .map_err(|_| value.error("is not a header name"))?;
                let expression = HeaderExpression::parse(&value.text()?)
                    .map_err(|problem| value.error(problem))?;
                custom.headers.push((name, expression));
            }
        }
    }
    if let Some(templates) = field.get("ResponseTemplates")? {
        templates.only(&["application/json"], &[])?;
        if let Some(template) = templates.get("application/json")? {
            custom.body = Some(
                ResponseText::parse(&template.text()?)
                    .map_err(|problem| template.error(problem))?,
            );
        }
    }
    Ok(custom)
}
