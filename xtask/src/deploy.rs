//! `cargo xtask deploy`: the three commands, and what to look at before. It deploys nothing.

use crate::failure::Result;
use crate::repository::{Repository, announce};
use crate::tools;

const HINTS: &str = r#"
Look at this first
  * Credentials: `aws sts get-caller-identity` names the account that you mean, and samconfig.toml the region.
  * Issuer and Audience have no defaults. They are in every token: choose names that stay.
  * Access logs need a CloudWatch role in API Gateway's settings of the account. Is there one?
      aws apigateway get-account --query cloudwatchRoleArn
    If that says null, add ApiGatewayLogRole=create, once for an account and region.
  * Without the target of arm64 (rustup target add aarch64-unknown-linux-gnu), add
    `--parameter-overrides Architecture=x86_64` to build and deploy.
  * The change set, before you confirm it: the table and the two keys must never show "Replacement: True".

Deploy
  1. sam validate --lint
  2. sam build
  3. sam deploy --guided      (later: sam deploy)

Then
  * Output ApiUrl: `curl -i $ApiUrl/me` answers 401 with `WWW-Authenticate: Bearer realm="tollgate"`.
"#;

/// Prints the hints, and where `sam` is.
pub(crate) fn explain(repository: &Repository) -> Result<()> {
    tools::install_python_tools(repository)?;
    announce(HINTS.trim());
    announce(&format!(
        "\nThe pinned sam and cargo-lambda:\n  export PATH={}:$PATH",
        repository.python_tools().display()
    ));
    Ok(())
}
