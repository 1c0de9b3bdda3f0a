//! Tokens of another system at the real gate: taken where its issuer is trusted, and nowhere else.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use tollgate_tests::logs;
use tollgate_tests::server::{Server, add_user, data_directory, tollgate};

const SECRET: &str = "canary-secret of the other system, 1";
const VARIABLE: &str = "TOLLGATE_TRUSTED_ISSUERS";

/// The variable for an issuer whose key is in this file.
fn trust(key: &Path) -> String {
    let issuer = json!({
        "issuer": "https://app.example.com",
        "audience": "api.example.com",
        "typ": "JWT",
        "key": format!("file://{}", key.display()),
        "require": {"email_verified": true},
        "scope": "reports:read",
    });
    json!([issuer]).to_string()
}

fn write_key(data: &Path, secret: &str) -> PathBuf {
    let path = data.join("app.key");
    fs::write(&path, format!("{secret}\n")).expect("a temporary folder");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("it is ours");
    logs::forbid(Some(secret));
    path
}

/// A token as the other system signs it.
fn token(changes: &Value) -> String {
    #[expect(
        clippy::disallowed_methods,
        reason = "the server that is tested reads the real clock"
    )]
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.expect("after 1970").as_secs();
    let mut claims = json!({
        "iss": "https://app.example.com", "aud": "api.example.com", "sub": "user-of-the-app",
        "iat": now, "exp": now + 900, "email": "grace@example.com", "email_verified": true,
        "scope": "reports:read reports:write",
    });
    for (name, value) in changes.as_object().into_iter().flatten() {
        claims[name] = value.clone();
    }
    let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
    let body = format!(
        "{}.{}",
        part(&json!({"alg": "HS256", "typ": "JWT"})),
        part(&claims)
    );
    let mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("any length");
    let mac = mac.chain_update(&body).finalize().into_bytes();
    format!("{body}.{}", URL_SAFE_NO_PAD.encode(mac))
}

#[test]
fn a_trusted_token_opens_what_its_issuer_may_grant() {
    let data = data_directory();
    add_user(data.path(), "");
    let trust = trust(&write_key(data.path(), SECRET));
    let server = Server::start_in(data.path(), &[(VARIABLE, &trust)]);
    let client = server.client();

    let good = token(&json!({}));
    let me = client.get_as("/me", &good);
    assert_eq!((me.status, me.text("id")), (200, "user-of-the-app"));
    assert_eq!(me.text("email"), "grace@example.com");
    assert_eq!(me.text("scope"), "reports:read");
    assert_eq!(client.get_as("/reports", &good).status, 200);

    let without_scope = token(&json!({"scope": ""}));
    assert_eq!(client.get_as("/reports", &without_scope).status, 403);
    for changes in [
        json!({"email_verified": false}),
        json!({"iss": "https://tollgate.localhost"}),
        json!({"aud": "api.tollgate.localhost"}),
        json!({"sub": null}),
        json!({"exp": 1}),
    ] {
        let refused = client.get_as("/me", &token(&changes));
        assert_eq!(refused.refusal(), (401, "invalid_token", "-"), "{changes}");
    }
}

#[test]
fn without_the_setting_it_is_a_token_like_any_other() {
    let data = data_directory();
    add_user(data.path(), "");
    let server = Server::start(data.path());
    let refused = server.client().get_as("/me", &token(&json!({})));
    assert_eq!(refused.refusal(), (401, "invalid_token", "-"));
}

#[test]
fn a_bad_setting_stops_the_start_and_the_doctor_names_it() {
    let data = data_directory();
    add_user(data.path(), "");
    let own = fs::read_to_string(data.path().join("access.key")).expect("the keys");
    let own = own.lines().find(|line| !line.starts_with('#'));
    let shared = trust(&write_key(data.path(), own.expect("a key")));
    let missing = trust(&data.path().join("nothing.key"));
    for (value, problem) in [
        (shared.as_str(), "a key that is also in TOLLGATE_ACCESS_KEY"),
        (
            &missing,
            "TOLLGATE_TRUSTED_ISSUERS names keys that cannot be used",
        ),
        (
            "{}",
            "TOLLGATE_TRUSTED_ISSUERS is a list in which a value is of the wrong type",
        ),
        (
            SECRET,
            "TOLLGATE_TRUSTED_ISSUERS is no JSON; it should be a JSON array",
        ),
    ] {
        for command in ["serve", "doctor"] {
            let output = run(data.path(), command, value);
            assert!(!output.status.success(), "{command} with {value}");
            let said = [output.stdout, output.stderr].concat();
            let said = String::from_utf8(said).expect("text");
            let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
            // The table of the doctor breaks lines.
            if command == "serve" {
                assert!(said.contains(problem), "{command} with {value}: {said}");
            }
            assert!(said.contains(VARIABLE), "{command} with {value}: {said}");
            assert!(!said.contains("canary-secret"), "{command}: {said}");
        }
    }
    let good = trust(&write_key(data.path(), SECRET));
    let doctor = run(data.path(), "doctor", &good);
    let said = String::from_utf8(doctor.stdout).expect("text");
    assert!(doctor.status.success(), "{said}");
    assert!(said.contains("https://app.example.com"), "{said}");
}

fn run(data: &Path, command: &str, trust: &str) -> Output {
    let mut command = tollgate(data, &[command]);
    command.env(VARIABLE, trust).stdin(Stdio::null());
    command.output().expect("it ends by itself")
}
