//! A house to attack, and its forge.

use std::fs;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use tollgate_tests::client::Answer;
use tollgate_tests::events::{Scene, authorizer_event, http_answer, refresh_event};

/// A house with a user, and the key of its tokens: the worst that an issuer with a bug can do.
pub(crate) struct House {
    pub(crate) scene: Scene,
    pub(crate) header: Value,
    pub(crate) claims: Value,
    pub(crate) secret: String,
}

impl House {
    pub(crate) async fn build() -> Self {
        let scene = Scene::start().await;
        let parts = scene.value("{{access_token}}").split('.');
        let json = parts.map(|part| URL_SAFE_NO_PAD.decode(part).expect("base64url"));
        let json: Vec<Vec<u8>> = json.collect();
        let file = fs::read_to_string(scene.fixture.access_keys.path()).expect("the keys");
        let secret = file.lines().find(|line| !line.starts_with('#'));
        Self {
            header: serde_json::from_slice(&json[0]).expect("JSON"),
            claims: serde_json::from_slice(&json[1]).expect("JSON"),
            secret: secret.expect("a key").to_owned(),
            scene,
        }
    }

    /// A good token but for one field of its header.
    pub(crate) fn header(&self, name: &str, value: Value) -> String {
        let mut header = self.header.clone();
        header[name] = value;
        signed(&self.secret, &header.to_string(), &self.claims.to_string())
    }

    /// A good token but for one claim.
    pub(crate) fn claim(&self, name: &str, value: Value) -> String {
        let mut claims = self.claims.clone();
        claims[name] = value;
        signed(&self.secret, &self.header.to_string(), &claims.to_string())
    }

    /// A good token but for its signature.
    pub(crate) fn under(&self, secret: &[u8], alg: &str) -> String {
        let mut header = self.header.clone();
        header["alg"] = json!(alg);
        let body = body(&header.to_string(), &self.claims.to_string());
        format!("{body}.{}", hs256(secret, &body))
    }

    pub(crate) async fn decide(&self, token: &str) -> Value {
        let event = authorizer_event(token);
        self.scene
            .invoke("authorizer", event)
            .await
            .expect("an answer, not an error")
    }

    pub(crate) async fn refresh(&self, token: &str) -> Answer {
        let answer = self.scene.invoke("refresh", refresh_event(token)).await;
        http_answer(&answer.expect("an answer"))
    }
}

pub(crate) fn body(header: &str, claims: &str) -> String {
    [header, claims]
        .map(|part| URL_SAFE_NO_PAD.encode(part))
        .join(".")
}

pub(crate) fn hs256(secret: &[u8], body: &str) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(secret).expect("any length");
    URL_SAFE_NO_PAD.encode(mac.chain_update(body).finalize().into_bytes())
}

pub(crate) fn signed(secret: &str, header: &str, claims: &str) -> String {
    let body = body(header, claims);
    format!("{body}.{}", hs256(secret.as_bytes(), &body))
}
