//! `examples/better-auth`, running, and what a browser would do there.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;
use tollgate_tests::companion::{Companion, FolderCopy, packages};
use tollgate_tests::credentials::{EMAIL, PASSWORD};
use tollgate_tests::logs;
use ureq::Agent;
use ureq::http::{Request, Response};

pub(crate) const ISSUER: &str = "https://app.example.com";
pub(crate) const AUDIENCE: &str = "api.example.com";
/// Signs Better Auth's cookies and links. The words are looked for in every log.
pub(crate) const AUTH_SECRET: &str = "canary-secret-of-better-auth-0123456789-abcdef";
/// Signs its tokens for the API.
pub(crate) const TOKEN_SECRET: &str = "canary-secret-for-the-tokens-0123456789-abcdef";

/// A file with one secret, as Tollgate wants it: for its owner alone.
pub(crate) fn key_file(data: &Path, name: &str, secret: &str) -> String {
    let path = data.join(name);
    fs::write(&path, format!("{secret}\n")).expect("a file");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("it is ours");
    format!("file://{}", path.display())
}

/// A running example.
pub(crate) struct BetterAuth {
    url: String,
    agent: Agent,
    mails: TempDir,
    _running: (Companion, FolderCopy),
}

impl BetterAuth {
    pub(crate) fn command(data: &Path, secret: &str) -> (Command, TempDir, FolderCopy) {
        let example = FolderCopy::beside(&packages().join("better-auth"), "examples/better-auth");
        let mails = tempfile::tempdir().expect("a folder for temporary files");
        let mut command = Command::new("node");
        command.arg("server.js").current_dir(example.path());
        command.env("PORT", "0").env("BETTER_AUTH_SECRET", secret);
        let key = key_file(data, "better-auth.key", TOKEN_SECRET);
        command.env("API_TOKEN_KEY", key);
        command.env("API_TOKEN_ISSUER", ISSUER);
        command.env("API_TOKEN_AUDIENCE", AUDIENCE);
        command.env("MAIL_FOLDER", mails.path());
        (command, mails, example)
    }

    pub(crate) fn start(data: &Path, secret: &str) -> Self {
        logs::forbid([secret, TOKEN_SECRET]);
        let (mut command, mails, example) = Self::command(data, secret);
        let server = Companion::start("better-auth", &mut command);
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .build();
        Self {
            url: server.url.clone(),
            agent: agent.new_agent(),
            mails,
            _running: (server, example),
        }
    }

    /// Makes an account; nobody has seen its mail yet.
    pub(crate) fn sign_up(&self) {
        let account = json!({"name": "Ada", "email": EMAIL, "password": PASSWORD});
        let answer = self.post("/api/auth/sign-up/email", &account);
        assert_eq!(answer.status(), 200);
    }

    /// Signs in; the cookie of the session.
    pub(crate) fn sign_in(&self) -> String {
        let credentials = json!({"email": EMAIL, "password": PASSWORD});
        let answer = self.post("/api/auth/sign-in/email", &credentials);
        assert_eq!(answer.status(), 200);
        let cookie = answer.headers()["set-cookie"].to_str().expect("ASCII");
        cookie.split(';').next().expect("a cookie").to_owned()
    }

    /// A token for the API, of whoever has this cookie.
    pub(crate) fn token(&self, cookie: &str) -> String {
        let request = Request::get(format!("{}/api/auth/token", self.url));
        let request = request.header("cookie", cookie).body(String::new());
        let answer = self.agent.run(request.expect("a request"));
        let mut answer = answer.expect("it answers");
        let body: Value = answer.body_mut().read_json().expect("JSON");
        body["token"].as_str().expect("a token").to_owned()
    }

    /// The link in the mail that was sent last.
    pub(crate) fn mailed_link(&self) -> String {
        let mail = self.mails.path().join(format!("{EMAIL}.txt"));
        fs::read_to_string(mail).expect("a mail").trim().to_owned()
    }

    /// What the link in the mail proves its reader with.
    pub(crate) fn mailed_token(&self) -> String {
        let link = self.mailed_link();
        let (_, token) = link.split_once("token=").expect("a token");
        token.split('&').next().expect("a token").to_owned()
    }

    /// Opens the link in the mail.
    pub(crate) fn verify(&self) {
        assert_eq!(self.get(&self.mailed_link()).status(), 302);
    }

    /// Presents a token where the one of a mail belongs.
    pub(crate) fn present(&self, token: &str) -> (u16, Value) {
        let url = format!("{}/api/auth/verify-email?token={token}", self.url);
        let mut answer = self.get(&url);
        let body = answer.body_mut().read_json().expect("JSON");
        (answer.status().as_u16(), body)
    }

    fn get(&self, url: &str) -> Response<ureq::Body> {
        let request = Request::get(url).body(String::new()).expect("a request");
        self.agent.run(request).expect("it answers")
    }

    fn post(&self, path: &str, body: &Value) -> Response<ureq::Body> {
        let request = Request::post(format!("{}{path}", self.url));
        let request = request.header("content-type", "application/json");
        let request = request.header("origin", &self.url).body(body.to_string());
        let answer = self.agent.run(request.expect("a request"));
        answer.expect("it answers")
    }
}
