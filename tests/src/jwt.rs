//! A JSON Web Token in the hands of a test: taken apart, changed, and signed again.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::{Digest, Sha256, Sha512};

/// What a token says, without its signature.
#[derive(Clone, Debug, PartialEq)]
pub struct Jwt {
    /// The first part.
    pub header: Value,
    /// The second part.
    pub claims: Value,
}

impl Jwt {
    /// Reads a token. Nothing is verified.
    #[must_use]
    pub fn read(token: &str) -> Self {
        let mut parts = token.split('.').map(|part| {
            let json = URL_SAFE_NO_PAD.decode(part).expect("base64url");
            serde_json::from_slice(&json).unwrap_or(Value::Null)
        });
        let mut part = || parts.next().expect("three parts");
        Self {
            header: part(),
            claims: part(),
        }
    }

    /// The same with one field of the header changed; `null` takes it out.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: Value) -> Self {
        put(&mut self.header, name, value);
        self
    }

    /// The same with one claim changed; `null` takes it out.
    #[must_use]
    pub fn with_claim(mut self, name: &str, value: Value) -> Self {
        put(&mut self.claims, name, value);
        self
    }

    /// The same, issued and expired this many seconds earlier.
    #[must_use]
    pub fn earlier(mut self, seconds: i64) -> Self {
        for name in ["iat", "exp"] {
            self.claims[name] = json!(self.claims[name].as_i64().expect("a time") - seconds);
        }
        self
    }

    /// The first two parts, as they are signed.
    #[must_use]
    pub fn unsigned(&self) -> String {
        unsigned(&self.header.to_string(), &self.claims.to_string())
    }

    /// The token, signed with HS512 or not at all if its header says so, and else with HS256.
    #[must_use]
    pub fn sign(&self, secret: &str) -> String {
        let body = self.unsigned();
        let signature = match self.header["alg"].as_str() {
            Some("none") => Vec::new(),
            Some("HS512") => mac::<Hmac<Sha512>>(secret, &body),
            _ => mac::<Hmac<Sha256>>(secret, &body),
        };
        format!("{body}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// A token of any two texts, signed with HS256.
    #[must_use]
    pub fn sign_text(header: &str, claims: &str, secret: &str) -> String {
        let body = unsigned(header, claims);
        let signature = mac::<Hmac<Sha256>>(secret, &body);
        format!("{body}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

fn unsigned(header: &str, claims: &str) -> String {
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    format!("{}.{}", part(header), part(claims))
}

fn mac<M: Mac + KeyInit>(secret: &str, message: &str) -> Vec<u8> {
    let mac = <M as KeyInit>::new_from_slice(secret.as_bytes()).expect("any length");
    mac.chain_update(message).finalize().into_bytes().to_vec()
}

fn put(object: &mut Value, name: &str, value: Value) {
    let fields = object.as_object_mut().expect("an object");
    match value {
        Value::Null => fields.remove(name),
        value => fields.insert(name.to_owned(), value),
    };
}

/// The `kid` of a secret, as any other program would derive it.
#[must_use]
pub fn key_id(secret: &str) -> String {
    URL_SAFE_NO_PAD.encode(&Sha256::digest(secret)[..8])
}

/// The secrets in a key file, the newest first.
#[must_use]
pub fn secrets(file: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(file).expect("a key file");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.map(str::to_owned).collect()
}
