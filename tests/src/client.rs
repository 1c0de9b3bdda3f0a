//! A client of the HTTP contract.

use serde_json::{Value, json};
use ureq::http::{Request, Response};
use ureq::{Agent, Body};

/// An answer, taken apart.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// `WWW-Authenticate`, or what a REST API makes of it.
    pub challenge: Option<String>,
    /// `Retry-After` in seconds.
    pub retry_after: Option<u64>,
    /// `Cache-Control`.
    pub cache_control: Option<String>,
    /// `Set-Cookie`.
    pub set_cookie: Option<String>,
    /// The body, `null` if it was empty.
    pub body: Value,
}

impl Answer {
    /// A string of the body.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        self.body[name]
            .as_str()
            .unwrap_or_else(|| unreachable!("no {name} in {self:?}"))
    }

    /// Status, `error` and `reason`, as the contract has them.
    #[must_use]
    pub fn refusal(&self) -> (u16, &str, &str) {
        let text = |name: &str| self.body[name].as_str().unwrap_or("-");
        (self.status, text("error"), text("reason"))
    }
}

/// Talks to one server.
#[derive(Clone)]
pub struct Client {
    agent: Agent,
    url: String,
}

impl Client {
    /// A client of the server at `url`.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .build()
            .new_agent();
        Self {
            agent,
            url: url.into(),
        }
    }

    /// A client of the same server, with connections of its own.
    #[must_use]
    pub fn fresh(&self) -> Self {
        Self::new(&self.url)
    }

    /// `POST /auth/login`
    #[must_use]
    pub fn log_in(&self, email: &str, password: &str) -> Answer {
        self.post(
            "/auth/login",
            &json!({"email": email, "password": password}),
        )
    }

    /// `POST /auth/refresh`
    #[must_use]
    pub fn refresh(&self, token: &str) -> Answer {
        self.post("/auth/refresh", &json!({"refresh_token": token}))
    }

    /// `POST /auth/refresh` with an `Idempotency-Key`
    #[must_use]
    pub fn refresh_with_key(&self, token: &str, key: &str) -> Answer {
        self.try_refresh(token, Some(key))
            .expect("the server answers")
    }

    /// `POST /auth/refresh` of a server that may go away.
    pub fn try_refresh(&self, token: &str, key: Option<&str>) -> Result<Answer, ureq::Error> {
        let request = Request::post(format!("{}/auth/refresh", self.url));
        let request = request.header("content-type", "application/json");
        let request = match key {
            Some(key) => request.header("idempotency-key", key),
            None => request,
        };
        let body = json!({"refresh_token": token}).to_string();
        self.send(request.body(body).expect("a request"))
    }

    /// `POST /auth/logout`
    #[must_use]
    pub fn log_out(&self, token: &str) -> Answer {
        self.post("/auth/logout", &json!({"refresh_token": token}))
    }

    /// A GET with these values of `Authorization`.
    #[must_use]
    pub fn get(&self, path: &str, authorization: &[&str]) -> Answer {
        let mut request = Request::get(format!("{}{path}", self.url));
        for value in authorization {
            request = request.header("authorization", *value);
        }
        self.send(request.body(String::new()).expect("a request"))
            .expect("the server answers")
    }

    /// A GET with a Bearer token.
    #[must_use]
    pub fn get_as(&self, path: &str, token: &str) -> Answer {
        self.get(path, &[&format!("Bearer {token}")])
    }

    /// A POST of JSON.
    #[must_use]
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.post_text(path, "application/json", &body.to_string())
    }

    /// A POST of anything.
    #[must_use]
    pub fn post_text(&self, path: &str, content_type: &str, body: &str) -> Answer {
        let request = Request::post(format!("{}{path}", self.url));
        let request = request
            .header("content-type", content_type)
            .body(body.to_owned());
        self.send(request.expect("a request"))
            .expect("the server answers")
    }

    /// A POST of JSON by a page, as a browser sends it.
    #[must_use]
    pub fn post_from(&self, origin: &str, cookie: &str, path: &str, body: &Value) -> Answer {
        read(self.post_as_page(origin, cookie, path, body))
    }

    /// Whose pages may read the answer to a POST of JSON by a page, and whether with cookies.
    #[must_use]
    pub fn readable_by(&self, origin: &str, path: &str, body: &Value) -> (String, bool) {
        let response = self.post_as_page(origin, "", path, body);
        let header = |name: &str| {
            let value = response.headers().get(name)?;
            Some(value.to_str().expect("ASCII").to_owned())
        };
        let with_cookies = header("access-control-allow-credentials");
        let origin = header("access-control-allow-origin").unwrap_or_default();
        (origin, with_cookies.as_deref() == Some("true"))
    }

    fn post_as_page(&self, origin: &str, cookie: &str, path: &str, body: &Value) -> Response<Body> {
        let request = Request::post(format!("{}{path}", self.url))
            .header("content-type", "application/json")
            .header("origin", origin)
            .header("cookie", cookie.as_bytes())
            .body(body.to_string());
        let sent = self.agent.run(request.expect("a request"));
        sent.expect("the server answers")
    }

    /// The origin of pages that the server itself serves.
    #[must_use]
    pub fn own_origin(&self) -> &str {
        &self.url
    }

    fn send(&self, request: Request<String>) -> Result<Answer, ureq::Error> {
        self.agent.run(request).map(read)
    }
}

fn read(mut response: Response<Body>) -> Answer {
    let header = |name: &str| {
        let value = response.headers().get(name)?;
        Some(value.to_str().expect("ASCII").to_owned())
    };
    let challenge =
        header("www-authenticate").or_else(|| header("x-amzn-remapped-www-authenticate"));
    let retry_after = header("retry-after").map(|value| value.parse().expect("seconds"));
    let cache_control = header("cache-control");
    let set_cookie = header("set-cookie");
    let status = response.status().as_u16();
    let text = response.body_mut().read_to_string().expect("text");
    let body = if text.is_empty() {
        Value::Null
    } else {
        serde_json::from_str(&text).expect("JSON")
    };
    Answer {
        status,
        challenge,
        retry_after,
        cache_control,
        set_cookie,
        body,
    }
}
