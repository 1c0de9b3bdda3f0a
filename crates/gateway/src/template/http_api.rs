//! `AWS::Serverless::HttpApi`: authorizers and CORS of an HTTP API. Its refusals cannot be changed.

use std::time::Duration;

use super::field::Field;
use super::functions::Functions;
use super::guards::Guards;
use super::rest_api::read_sources;
use super::{ApiSettings, TemplateError};
use crate::authorizer::{Authorizer, Format};
use crate::cors::{Cors, HttpCors};
use crate::gateway_response::GatewayResponses;

/// Known to change no answer on one machine.
const IGNORED: &[&str] = &[
    "AccessLogSettings",
    "DefaultRouteSettings",
    "Description",
    "DisableExecuteApiEndpoint",
    "Domain",
    "FailOnWarnings",
    "Name",
    "PropagateTags",
    "RouteSettings",
    "Tags",
];

pub(super) fn read(
    api: &Field<'_>,
    functions: &Functions<'_>,
) -> Result<ApiSettings, TemplateError> {
    api.only(&["StageName", "Auth", "CorsConfiguration"], IGNORED)?;
    let mut settings = ApiSettings {
        stage: match api.get("StageName")? {
            Some(stage) => stage.text()?,
            None => "$default".to_owned(),
        },
        guards: Guards::default(),
        // An HTTP API answers preflight requests before it asks anyone.
        authorizer_on_preflight: false,
        cors: match api.get("CorsConfiguration")? {
            Some(cors) => read_cors(&cors)?,
            None => Cors::Off,
        },
        responses: GatewayResponses::default(),
    };
    if let Some(auth) = api.get("Auth")? {
        auth.only(&["DefaultAuthorizer", "Authorizers"], &[])?;
        settings.guards =
            Guards::read(&auth, |name, field| read_authorizer(name, field, functions))?;
    }
    Ok(settings)
}

fn read_authorizer(
    name: &str,
    field: &Field<'_>,
    functions: &Functions<'_>,
) -> Result<Authorizer, TemplateError> {
    field.only(
        &[
            "FunctionArn",
            "AuthorizerPayloadFormatVersion",
            "EnableSimpleResponses",
            "Identity",
        ],
        &["FunctionInvokeRole", "EnableFunctionDefaultPermissions"],
    )?;
    let version = field.require("AuthorizerPayloadFormatVersion")?;
    // YAML reads an unquoted 2.0 as a number, and SAM takes both.
    if !matches!(version.text()?.as_str(), "2.0" | "2") {
        return Err(version.error("should be 2.0"));
    }
    let simple = match field.get("EnableSimpleResponses")? {
        Some(flag) => flag.flag()?,
        None => false,
    };
    let mut authorizer = Authorizer {
        name: name.to_owned(),
        function: functions.binary_of(&field.require("FunctionArn")?)?,
        format: Format::Http { simple },
        identity: Vec::new(),
        expression: None,
        // Off unless the template asks for it, unlike a REST API's.
        cache_for: Duration::ZERO,
    };
    if let Some(identity) = field.get("Identity")? {
        identity.only(
            &["Headers", "QueryStrings", "Context", "ReauthorizeEvery"],
            &[],
        )?;
        read_sources(&identity, &mut authorizer)?;
        if let Some(seconds) = identity.get("ReauthorizeEvery")? {
            authorizer.cache_for = Duration::from_secs(seconds.number(3600)?);
            if authorizer.identity.is_empty() && !authorizer.cache_for.is_zero() {
                return Err(seconds.error("needs identity sources to cache by"));
            }
        }
    }
    Ok(authorizer)
}

/// `CorsConfiguration`: `true` allows every origin; a mapping says more.
fn read_cors(field: &Field<'_>) -> Result<Cors, TemplateError> {
    if !field.is_map() {
        return Ok(if field.flag()? {
            Cors::Http(HttpCors::any_origin())
        } else {
            Cors::Off
        });
    }
    field.only(
        &[
            "AllowOrigins",
            "AllowHeaders",
            "AllowMethods",
            "ExposeHeaders",
            "MaxAge",
            "AllowCredentials",
        ],
        &[],
    )?;
    let texts = |key: &str| match field.get(key)? {
        Some(listed) => listed.texts(),
        None => Ok(Vec::new()),
    };
    let cors = HttpCors {
        origins: texts("AllowOrigins")?,
        headers: texts("AllowHeaders")?,
        methods: texts("AllowMethods")?,
        expose: texts("ExposeHeaders")?,
        max_age: match field.get("MaxAge")? {
            Some(age) => Some(age.number(86_400)?),
            None => None,
        },
        credentials: match field.get("AllowCredentials")? {
            Some(flag) => flag.flag()?,
            None => false,
        },
    };
    if cors.credentials && cors.origins.iter().any(|origin| origin == "*") {
        return Err(field.error("AllowCredentials does not go with the origin *"));
    }
    Ok(Cors::Http(cors))
}
