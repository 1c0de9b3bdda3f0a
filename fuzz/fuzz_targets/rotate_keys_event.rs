//! An event of `rotate-keys` is refused by the field that is wrong, or read as it was written.
#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};
use secrecy::ExposeSecret;
use serde_json::Value;
use tollgate_core::rotation::{MalformedRequest, Request, Step};

fuzz_target!(|data: &[u8]| -> Corpus {
    let Ok(event) = serde_json::from_slice::<Value>(data) else {
        return Corpus::Reject;
    };
    let text = |field: &str| event.get(field).and_then(Value::as_str);
    match Request::read(&event) {
        Ok(request) => {
            assert_eq!(text("Step"), Some(request.step.name()));
            assert_eq!(text("SecretId"), Some(request.secret_id));
            assert_eq!(text("ClientRequestToken"), Some(request.version));
            assert!(!request.secret_id.is_empty() && !request.version.is_empty());
            let token = request.rotation_token.as_ref();
            assert_eq!(
                token.map(ExposeSecret::expose_secret),
                text("RotationToken")
            );
        }
        Err(MalformedRequest { field, .. }) => {
            let wrong = text(field).is_none_or(|value| {
                value.is_empty() || field == "Step" && Step::parse(value).is_none()
            });
            assert!(wrong, "{field} was good");
        }
    }
    Corpus::Keep
});
