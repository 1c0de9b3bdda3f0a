//! Which account of AWS, in the variables that its own tools read.

use std::pin::Pin;

use tollgate_aws::Account;
use tollgate_aws::account::Credentials;

use crate::environment::{Environment, SettingError};

const REGION: &str = "AWS_REGION";
const ENDPOINT: &str = "AWS_ENDPOINT_URL";
const CREDENTIALS: &str = "an access key of AWS; Lambda sets it, and elsewhere this does: \
                           eval \"$(aws configure export-credentials --format env)\"";

/// A call of the SDK, whose own type is nested too deeply for the compiler to look through in every
/// function that awaits it.
pub(crate) fn opaque<'a, T>(
    call: impl Future<Output = T> + Send + 'a,
) -> Pin<Box<dyn Future<Output = T> + Send + 'a>> {
    Box::pin(call)
}

/// The account of `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`, in
/// `AWS_REGION` (or `AWS_DEFAULT_REGION`), at `AWS_ENDPOINT_URL` if that is set. There is one for
/// an environment, so that whoever uses it shares its connections.
pub fn account(environment: &Environment) -> Result<Account, SettingError> {
    if let Some(account) = environment.account.get() {
        return Ok(account.clone());
    }
    let credentials = Credentials::from_keys(
        environment.require("AWS_ACCESS_KEY_ID", CREDENTIALS)?,
        environment.require("AWS_SECRET_ACCESS_KEY", CREDENTIALS)?,
        environment.get("AWS_SESSION_TOKEN").map(str::to_owned),
    );
    let region = match environment.get("AWS_DEFAULT_REGION") {
        Some(region) if environment.get(REGION).is_none() => region,
        _ => environment.require(REGION, "a region of AWS, as eu-central-1")?,
    };
    let mut account = Account::new(region.to_owned(), credentials, endpoint(environment)?);
    if environment.patient {
        account = account.patient();
    }
    Ok(environment.account.get_or_init(|| account).clone())
}

fn endpoint(environment: &Environment) -> Result<Option<String>, SettingError> {
    let Some(endpoint) = environment.get(ENDPOINT) else {
        return Ok(None);
    };
    let is_url = endpoint
        .parse::<http::Uri>()
        .is_ok_and(|uri| matches!(uri.scheme_str(), Some("http" | "https")));
    let invalid = || SettingError::Invalid {
        name: ENDPOINT,
        found: "no URL",
        expected: "the URL of an emulator, as http://127.0.0.1:5000; or not set, for AWS itself"
            .to_owned(),
    };
    is_url
        .then(|| Some(endpoint.to_owned()))
        .ok_or_else(invalid)
}
