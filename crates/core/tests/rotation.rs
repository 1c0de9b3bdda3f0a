//! What an event of a rotation has to be.

use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tollgate_core::rotation::{Request, Step};

fn event() -> Value {
    json!({"Step": "createSecret", "SecretId": "an-arn", "ClientRequestToken": "a-version"})
}

#[test]
fn every_step_is_read_by_its_name() {
    for (step, name) in [
        (Step::Create, "createSecret"),
        (Step::Set, "setSecret"),
        (Step::Test, "testSecret"),
        (Step::Finish, "finishSecret"),
    ] {
        let mut event = event();
        event["Step"] = json!(name);
        let request = Request::read(&event).expect(name);
        assert_eq!((request.step, step.name()), (step, name));
        assert_eq!(
            (request.secret_id, request.version),
            ("an-arn", "a-version")
        );
        assert!(request.rotation_token.is_none());
    }
}

#[test]
fn a_token_for_another_account_is_kept_as_a_secret() {
    let mut event = event();
    event["RotationToken"] = json!("a-token");
    let request = Request::read(&event).expect("all that is needed");
    assert!(!format!("{request:?}").contains("a-token"));
    let token = request.rotation_token.expect("it is there");
    assert_eq!(token.expose_secret(), "a-token");
}

#[test]
fn what_is_wrong_is_named_and_not_repeated() {
    for field in ["Step", "SecretId", "ClientRequestToken"] {
        for wrong in [json!(""), json!(7), Value::Null] {
            let mut event = event();
            event[field] = wrong;
            assert_eq!(Request::read(&event).expect_err("wrong").field, field);
        }
    }
    let mut unknown = event();
    unknown["Step"] = json!("canary");
    let said = Request::read(&unknown).expect_err("unknown").to_string();
    assert!(
        said.contains("createSecret") && !said.contains("canary"),
        "{said}"
    );
}
