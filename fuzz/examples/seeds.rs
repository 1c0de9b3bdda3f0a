//! Writes the seeds that hold tokens of the keys here, and other small ones:
//! `cargo run --example seeds -- corpus`. The rest of `corpus/` is what runs found.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tollgate_core::Timestamp;
use tollgate_core::access_token::AccessToken;
use tollgate_core::refresh_token::{PREFIX, RefreshToken};
use tollgate_fuzz::NOW;
use tollgate_fuzz::api::{HTTP, REST};
use tollgate_fuzz::keys::{ACCESS, REFRESH};
use tollgate_fuzz::tokens::{GOOD, USER, claims};
use tollgate_wiring::clock;

fn main() {
    let folder = std::env::args_os().nth(1).expect("a folder to write into");
    let seeds = Seeds(PathBuf::from(folder));
    access_tokens(&seeds);
    refresh_tokens(&seeds);
    templates(&seeds);
    texts(&seeds);
}

struct Seeds(PathBuf);

impl Seeds {
    fn write(&self, target: &str, name: &str, content: impl AsRef<[u8]>) {
        let folder = self.0.join(target);
        fs::create_dir_all(&folder).expect("a folder for seeds");
        fs::write(folder.join(name), content).expect("room for a seed");
    }
}

fn access_tokens(seeds: &Seeds) {
    let [current, older] = &*GOOD;
    let hour = Duration::from_hours(1);
    let sign = |issued| AccessToken::sign(&claims(issued), &ACCESS.current());
    let past = sign(Timestamp::from_unix(NOW.as_unix() - 3600));
    let future = sign(NOW.plus(hour));
    let mut tokens = vec![current.as_str(), older, past.expose(), future.expose()];
    let unsigned = format!("{}.", current.rsplit_once('.').expect("three parts").0);
    tokens.push(&unsigned);
    for (index, token) in tokens.iter().enumerate() {
        seeds.write("access_token", &format!("seed-{index}"), token);
        seeds.write(
            "authorization_header",
            &index.to_string(),
            format!("Bearer {token}"),
        );
        let parts: Vec<Vec<u8>> = token
            .split('.')
            .filter_map(|part| URL_SAFE_NO_PAD.decode(part).ok())
            .collect();
        let lines = [parts[0].as_slice(), &parts[1]].join(&b'\n');
        seeds.write("access_claims", &format!("seed-{index}"), lines);
    }
    for (index, header) in [
        "Bearer {{access_token}}",
        "bearer  {{other_access_token}} ",
        "Basic dTpw",
        "Bearer a, Bearer b",
        "",
    ]
    .iter()
    .enumerate()
    {
        seeds.write(
            "authorization_header",
            &format!("seed-form-{index}"),
            header,
        );
    }
}

fn refresh_tokens(seeds: &Seeds) {
    for (index, user) in [USER, "a", &"x".repeat(64)].into_iter().enumerate() {
        let token = RefreshToken::first(user.parse().expect("an id"), &mut clock::rng());
        for (name, key) in [("current", REFRESH.current()), ("older", REFRESH.older())] {
            let text = token.encode(&key);
            let bytes = URL_SAFE_NO_PAD
                .decode(&text.expose()[PREFIX.len()..])
                .expect("base64url");
            seeds.write(
                "refresh_token",
                &format!("seed-{name}-{index}"),
                text.expose(),
            );
            seeds.write(
                "refresh_token",
                &format!("seed-{name}-{index}-unsigned"),
                &bytes[..bytes.len() - 16],
            );
        }
    }
}

fn templates(seeds: &Seeds) {
    seeds.write("template", "seed-rest", REST);
    seeds.write("template", "seed-http", HTTP);
}

fn texts(seeds: &Seeds) {
    let policy = |effect: &str| {
        format!(
            r#"{{"principalId":"u","policyDocument":{{"Version":"2012-10-17","Statement":[{{"Action":"execute-api:Invoke","Effect":"{effect}","Resource":"arn:aws:execute-api:us-east-1:123456789012:*/v1/*"}}]}},"context":{{"sub":"u","exp":"1"}}}}"#
        )
    };
    let answers = [
        policy("Allow"),
        policy("Deny"),
        r#"{"isAuthorized":true,"context":{"sub":"u"}}"#.to_owned(),
        r#"{"isAuthorized":false}"#.to_owned(),
    ];
    for (index, answer) in answers.iter().enumerate() {
        seeds.write("authorizer_answer", &format!("seed-{index}"), answer);
    }
    let requests = [
        "GET /me\nAuthorization: Bearer {{access_token}}\n",
        "GET /v1/reports?a=b&a=c\nAuthorization: Bearer {{other_access_token}}\nAuthorization: x\n",
        "GET /me\nAuthorization: Bearer {{forged_access_token}}\n",
        "GET /me\n",
        "OPTIONS /me\nOrigin: https://app.example.com\nAccess-Control-Request-Method: GET\n",
        "POST /auth/login\nContent-Type: application/json\n\n{\"email\":\"a@b.c\"}",
        "GET /nowhere\nHost: a:99999\n",
    ];
    for (index, request) in requests.iter().enumerate() {
        seeds.write("gateway_request", &format!("seed-{index}"), request);
    }
    let names = [
        "ada@example.com",
        "reports:read reports:write",
        USER,
        "AAAAAAAAAAA",
        "$argon2id$v=19$m=47104,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    ];
    for (index, name) in names.iter().enumerate() {
        seeds.write("names", &format!("seed-{index}"), name);
    }
    let keys = format!("# two keys\n{}\n\n {} \n", ACCESS.0, ACCESS.1);
    seeds.write("key_file", "seed-two", keys);
    seeds.write("key_file", "seed-weak", "secret\n");
    let settings = "TOLLGATE_ISSUER=https://auth.example.com\nTOLLGATE_AUDIENCE=api.example.com\nTOLLGATE_ACCESS_TTL=15m\nTOLLGATE_REFRESH_TTL=7d\nTOLLGATE_REFRESH_MAX_AGE=30d\nTOLLGATE_REFRESH_GRACE=10s\nTOLLGATE_KEY_MAX_AGE=1m\nTOLLGATE_ALLOWED_ORIGIN=https://app.example.com\nTOLLGATE_ACCESS_KEY=file:///keys/access.key\nTOLLGATE_REFRESH_KEY=secretsmanager://tollgate/refresh-key\n";
    seeds.write("settings", "seed-all", settings);
    let trusted = r#"[{"issuer":"https://app.example.com","audience":"api.example.com","typ":"JWT","key":"file:///keys/app.key","require":{"email_verified":true},"claims":{"email":"mail","scope":"scp"},"scope":"reports:read"}]"#;
    let profile = "TOLLGATE_ISSUER=https://auth.example.com\nTOLLGATE_AUDIENCE=api.example.com\n";
    for (name, store) in [
        ("sqlite", "sqlite:///var/tollgate.db"),
        ("dynamodb", "dynamodb://tollgate"),
        ("unknown", "postgres://u:secret@host/db"),
    ] {
        let others = format!("TOLLGATE_STORE={store}\nTOLLGATE_TRUSTED_ISSUERS={trusted}\n");
        seeds.write(
            "settings",
            &format!("seed-{name}"),
            format!("{profile}{others}"),
        );
    }
    let rotation = r#"{"Step":"createSecret","SecretId":"arn:aws:secretsmanager:us-east-1:123456789012:secret:tollgate/access-key-AbCdEf","ClientRequestToken":"6c3a4b1e-0b44-4c4e-9e0c-4a1f4c1e6a55","RotationToken":"a-token-of-another-account-which-is-long"}"#;
    seeds.write("rotate_keys_event", "seed-on-behalf", rotation);
}
