//! What can be called over and over, in this process: by a stopwatch, or by a profiler.

use std::hint::black_box;

use clap::ValueEnum;
use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tollgate_authorizer::Event;
use tollgate_core::Timestamp;
use tollgate_core::mint::{Lifetimes, Mint};
use tollgate_core::refresh::Refresh;
use tollgate_core::verifier::Verifier;

use crate::memory::{self, ACCESS, NOW, REFRESH, Store, now, profile};

/// What time it is.
pub(crate) type Clock = fn() -> Timestamp;

/// One call of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Subject {
    /// HMAC-SHA-256 over header and claims of an access token, and nothing else: the limit
    Hmac,
    /// An access token verified, as every gate does it
    Verify,
    /// An event of a REST API authorized: from its text to that of the answer
    AuthorizerEvent,
    /// The same of an HTTP API
    AuthorizerHttpEvent,
    /// A refresh, but for its store: token read, decision taken, a new pair signed
    Refresh,
}

impl Subject {
    #[cfg(feature = "run")]
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Hmac => "HMAC-SHA-256 alone",
            Self::Verify => "Tollgate",
            Self::AuthorizerEvent => "Tollgate, a REST event",
            Self::AuthorizerHttpEvent => "Tollgate, an HTTP event",
            Self::Refresh => "Tollgate, a refresh without its store",
        }
    }

    /// Sets everything up that is there before the first call.
    pub(crate) fn prepare(self, clock: Clock) -> Box<dyn FnMut()> {
        match self {
            Self::Hmac => hmac(),
            Self::Verify => verify(clock),
            Self::AuthorizerEvent => {
                authorizer_event(include_str!("../../events/authorizer-request-valid.json"))
            }
            Self::AuthorizerHttpEvent => {
                authorizer_event(include_str!("../../events/authorizer-http-valid.json"))
            }
            Self::Refresh => refresh(),
        }
    }
}

fn hmac() -> Box<dyn FnMut()> {
    let token = memory::access_token_at(NOW);
    let (message, _signature) = token.expose().rsplit_once('.').expect("three parts");
    let message = message.to_owned();
    // The key is set up once, as a verifier that is given the key can do.
    let key = Hmac::<Sha256>::new_from_slice(ACCESS.0.as_bytes()).expect("any length");
    Box::new(move || {
        let mac = key.clone().chain_update(black_box(&message)).finalize();
        black_box(mac.into_bytes());
    })
}

fn verify(clock: Clock) -> Box<dyn FnMut()> {
    let verifier = Verifier::new(profile(), ACCESS.keys());
    let token = memory::access_token_at(clock());
    Box::new(move || {
        let identity = now(verifier.verify(black_box(token.expose()), clock()));
        assert!(identity.is_ok());
        black_box(identity).ok();
    })
}

fn authorizer_event(event: &str) -> Box<dyn FnMut()> {
    let verifier = Verifier::new(profile(), ACCESS.keys());
    let event = event.replace("{{access_token}}", memory::access_token_at(NOW).expose());
    let answer = move || {
        let event: Event = serde_json::from_str(black_box(&event)).expect("JSON");
        let answer = now(tollgate_authorizer::handle(&verifier, &event, NOW)).expect("an answer");
        serde_json::to_string(&answer).expect("JSON")
    };
    // What refuses is fast for the wrong reason.
    let allows = |answer: &str| {
        answer.contains(r#""isAuthorized":true"#) || answer.contains(r#""Effect":"Allow""#)
    };
    assert!(allows(&answer()), "the event is let in");
    Box::new(move || {
        black_box(answer());
    })
}

fn refresh() -> Box<dyn FnMut()> {
    let mut rng = UnwrapErr(SysRng);
    let token = memory::refresh_token(&mut rng);
    let refresh = Refresh {
        store: Store::of(&token),
        mint: Mint {
            profile: profile(),
            lifetimes: Lifetimes::default(),
            access_keys: ACCESS.keys(),
            refresh_keys: REFRESH.keys(),
        },
    };
    let token = token.encode(&REFRESH.key());
    Box::new(move || {
        let pair = now(refresh.refresh(black_box(token.expose()), None, NOW, &mut rng));
        black_box(pair.expect("a good token"));
    })
}
