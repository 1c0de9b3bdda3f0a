//! What is wrong on AWS: the doctor finds it, and no start gets past it.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::process::Output;

use serde_json::json;
use tollgate_tests::moto::{CURRENT, Moto, PREVIOUS, secret_string};
use tollgate_tests::proxy::{Fault, Proxy, Rule};
use tollgate_tests::server::{data_directory, repository, tollgate};

/// What one variable names is wrong.
struct Case {
    /// What happened, to a table and secrets that were right.
    name: &'static str,
    happened: fn(&Moto, &Proxy) -> Vec<(&'static str, OsString)>,
    row: &'static str,
    problem: &'static str,
    mend: &'static str,
    /// Whether `tollgate serve` refuses as well.
    stops_a_start: bool,
}

const NOTHING_SET: Vec<(&str, OsString)> = Vec::new();

const CASES: &[Case] = &[
    Case {
        name: "a store of another scheme",
        happened: |_, _| vec![("TOLLGATE_STORE", "postgres://canary-value".into())],
        row: "store",
        problem: "TOLLGATE_STORE is a URI of another scheme",
        mend: "it should be a URI, as dynamodb://tollgate",
        stops_a_start: true,
    },
    Case {
        name: "no table name",
        happened: |_, _| vec![("TOLLGATE_STORE", "dynamodb://canary value".into())],
        row: "store",
        problem: "TOLLGATE_STORE is a URI without a good name in it",
        mend: "it should be a URI, as dynamodb://tollgate",
        stops_a_start: true,
    },
    Case {
        name: "a secret instead of a URI",
        happened: |_, _| vec![("TOLLGATE_ACCESS_KEY", secret_string().into())],
        row: "access keys",
        problem: "TOLLGATE_ACCESS_KEY is a text without ://",
        mend: "it should be a URI, as secretsmanager://tollgate/access-key",
        stops_a_start: true,
    },
    Case {
        name: "a variable that is not UTF-8",
        happened: |_, _| {
            vec![(
                "TOLLGATE_STORE",
                OsString::from_vec(b"sqlite://\xff".to_vec()),
            )]
        },
        row: "store",
        problem: "TOLLGATE_STORE is a text without ://",
        mend: "it should be a URI",
        stops_a_start: true,
    },
    Case {
        name: "no table",
        happened: |moto, _| {
            moto.delete_table();
            NOTHING_SET
        },
        row: "store",
        problem: "TOLLGATE_STORE names a store that cannot be opened: there is no table",
        mend: "correct its name or AWS_REGION, or deploy the stack",
        stops_a_start: true,
    },
    Case {
        name: "a table of something else",
        happened: |moto, _| {
            moto.delete_table();
            let _ = moto.dynamodb(
                "CreateTable",
                &json!({
                    "TableName": moto.table(),
                    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                    "BillingMode": "PAY_PER_REQUEST",
                }),
            );
            NOTHING_SET
        },
        row: "store",
        problem: "has other keys than pk",
        mend: "choose another table",
        stops_a_start: true,
    },
    Case {
        name: "a table that keeps what has expired",
        happened: |moto, _| {
            expire_by(moto, "expires_at", false);
            NOTHING_SET
        },
        row: "store",
        problem: "does not drop what has expired",
        mend: "aws dynamodb update-time-to-live",
        stops_a_start: true,
    },
    Case {
        name: "a table that expires by another attribute",
        happened: |moto, _| {
            expire_by(moto, "expires_at", false);
            expire_by(moto, "another", true);
            NOTHING_SET
        },
        row: "store",
        problem: "drops items by another instead of expires_at",
        mend: "aws dynamodb update-time-to-live",
        stops_a_start: true,
    },
    Case {
        name: "no permission to write",
        happened: |_, proxy| {
            proxy.inject(Rule::always(Fault::AccessDenied).operation("UpdateItem"));
            NOTHING_SET
        },
        row: "store",
        problem: "is denied",
        mend: "the role needs dynamodb:UpdateItem on it",
        stops_a_start: true,
    },
    Case {
        name: "no permission to look at the table",
        happened: |_, proxy| {
            proxy.inject(Rule::always(Fault::AccessDenied).operation("DescribeTable"));
            NOTHING_SET
        },
        row: "store",
        problem: "is denied",
        mend: "the role needs dynamodb:DescribeTable on it",
        stops_a_start: false,
    },
    Case {
        name: "no secret",
        happened: |moto, _| {
            moto.access_key().delete();
            NOTHING_SET
        },
        row: "access keys",
        problem: "TOLLGATE_ACCESS_KEY",
        mend: "correct its name or AWS_REGION, or deploy the stack",
        stops_a_start: true,
    },
    Case {
        name: "no permission to read a secret",
        happened: |_, proxy| {
            proxy.inject(Rule::always(Fault::AccessDenied).operation("GetSecretValue"));
            NOTHING_SET
        },
        row: "refresh keys",
        problem: "access is denied",
        mend: "secretsmanager:GetSecretValue on this secret is missing",
        stops_a_start: true,
    },
    Case {
        name: "a secret that is too short",
        happened: |moto, _| {
            moto.access_key()
                .put("canary-value-canary-value", &[CURRENT]);
            NOTHING_SET
        },
        row: "access keys",
        problem: "the secret has 25 bytes, and a signing key needs at least 32",
        mend: "openssl rand -base64 32",
        stops_a_start: true,
    },
    Case {
        name: "a secret that is public",
        happened: |moto, _| {
            moto.refresh_key().put(&public_secret(), &[CURRENT]);
            NOTHING_SET
        },
        row: "refresh keys",
        problem: "the secret is publicly known",
        mend: "openssl rand -base64 32",
        stops_a_start: true,
    },
    Case {
        name: "a secret that is no text",
        happened: |moto, _| {
            moto.access_key().put_binary(&[CURRENT]);
            NOTHING_SET
        },
        row: "access keys",
        problem: "its version AWSCURRENT is binary",
        mend: "store the key as a string",
        stops_a_start: true,
    },
    Case {
        name: "one secret for both",
        happened: |moto, _| {
            let value = moto.access_key().value(CURRENT).expect("a key");
            moto.refresh_key().put(&value, &[CURRENT]);
            NOTHING_SET
        },
        row: "one secret for each",
        problem: "TOLLGATE_ACCESS_KEY and TOLLGATE_REFRESH_KEY hold the same secret",
        mend: "openssl rand -base64 32",
        stops_a_start: true,
    },
    Case {
        name: "an older version that is no key",
        happened: |moto, _| {
            moto.access_key().put("canary-value", &[PREVIOUS]);
            NOTHING_SET
        },
        row: "access keys",
        problem: "the secret has 12 bytes",
        mend: "openssl rand -base64 32",
        stops_a_start: false,
    },
    Case {
        name: "keys that go before their tokens do",
        happened: |moto, _| {
            let _ = moto.access_key().request_rotation();
            moto.access_key().remove_stage("AWSPENDING");
            vec![("TOLLGATE_REFRESH_TTL", "30d".into())]
        },
        row: "their rotation",
        problem: "every 30days",
        mend: "raise RotationDays, or lower RefreshTtl",
        stops_a_start: false,
    },
    Case {
        name: "a rotation that was not finished",
        happened: |moto, _| {
            let _ = moto.refresh_key().request_rotation();
            NOTHING_SET
        },
        row: "refresh keys",
        problem: "a rotation is under way, or was not finished",
        mend: "if it is not under way: tollgate keys rotate",
        stops_a_start: false,
    },
    Case {
        name: "a region that is not set",
        happened: |_, _| vec![("AWS_REGION", "".into())],
        row: "AWS",
        problem: "AWS_REGION is not set",
        mend: "it should be a region of AWS, as eu-central-1",
        stops_a_start: true,
    },
];

/// Of the collection "jwt-secrets" by Wallarm.
fn public_secret() -> String {
    let list = repository().join("../shared/vectors/public_jwt_secrets_32_bytes_and_more.txt");
    let list = std::fs::read_to_string(&list)
        .unwrap_or_else(|error| unreachable!("{}: {error}", list.display()));
    list.lines().next().expect("a secret").to_owned()
}

fn expire_by(moto: &Moto, attribute: &str, enabled: bool) {
    let expiry = json!({"AttributeName": attribute, "Enabled": enabled});
    let request = json!({"TableName": moto.table(), "TimeToLiveSpecification": expiry});
    let _ = moto.dynamodb("UpdateTimeToLive", &request);
}

/// Runs a command on the table and the secrets, with these variables on top.
fn run(arguments: &[&str], moto: &Moto, proxy: &Proxy, variables: &[(&str, OsString)]) -> Output {
    let data = data_directory();
    let mut command = tollgate(data.path(), arguments);
    command
        .env_remove("AWS_DEFAULT_REGION")
        .envs(moto.environment(proxy.url()))
        .envs(variables.iter().cloned());
    command.output().expect("it starts")
}

/// Whether a cell has these words, wherever its lines were broken.
fn has(cell: &str, words: &str) -> bool {
    let [cell, words] = [cell, words].map(|text| text.replace(' ', ""));
    cell.contains(&words)
}

/// The cells of the row with this subject, without their line breaks.
fn row(table: &str, subject: &str) -> Option<[String; 4]> {
    let header = table.lines().find(|line| line.contains("how to mend it"))?;
    let columns = ["what", "how it is", "how to mend it"].map(|name| {
        let bytes = header.find(name).expect("a column");
        header[..bytes].chars().count()
    });
    let [what, state, mend] = columns;
    let is_rule = |line: &str| line.starts_with(['─', '═']);
    let mut rows: Vec<[String; 4]> = vec![Default::default()];
    for line in table.lines() {
        if is_rule(line) {
            rows.push(Default::default());
            continue;
        }
        let line: Vec<char> = line.chars().collect();
        let bounds = [
            0..what,
            what..state,
            state..mend,
            mend..line.len().max(mend),
        ];
        for (cell, bounds) in rows.last_mut()?.iter_mut().zip(bounds) {
            let end = bounds.end.min(line.len());
            let part: String = line.get(bounds.start.min(end)..end)?.iter().collect();
            cell.push(' ');
            cell.push_str(part.trim());
        }
    }
    let rows = rows
        .into_iter()
        .map(|row| row.map(|cell| cell.trim().to_owned()));
    let mut rows = rows;
    rows.find(|[_, what, ..]| what == subject)
}

#[test]
#[ignore = "needs TOLLGATE_MOTO"]
fn what_is_wrong_is_found_and_does_not_start() {
    for case in CASES {
        let moto = Moto::new();
        let proxy = Proxy::start(moto.url());
        let variables = (case.happened)(&moto, &proxy);
        let name = case.name;

        let doctor = run(&["doctor"], &moto, &proxy, &variables);
        let table = String::from_utf8(doctor.stdout).expect("text");
        assert_eq!(doctor.status.code(), Some(1), "{name}:\n{table}");
        let [state, _, problem, mend] = row(&table, case.row).expect("a row");
        assert_eq!(state, "WRONG", "{name}:\n{table}");
        assert!(has(&problem, case.problem), "{name}:\n{table}");
        assert!(has(&mend, case.mend), "{name}:\n{table}");
        assert!(!table.contains("canary"), "{name}:\n{table}");

        if case.stops_a_start {
            let serve = ["serve", "--listen", "127.0.0.1:0"];
            let serve = run(&serve, &moto, &proxy, &variables);
            let complaint = String::from_utf8(serve.stderr).expect("text");
            assert!(!serve.status.success(), "{name}: {complaint}");
            assert!(complaint.contains(case.problem), "{name}: {complaint}");
            assert!(complaint.contains(case.mend), "{name}: {complaint}");
            assert!(!complaint.contains("canary"), "{name}: {complaint}");
        }
    }
}

#[test]
#[ignore = "needs TOLLGATE_MOTO"]
fn a_sound_stack_has_nothing_wrong() {
    let moto = Moto::new();
    let proxy = Proxy::start(moto.url());
    let doctor = run(&["doctor"], &moto, &proxy, &[]);
    let table = String::from_utf8(doctor.stdout).expect("text");
    assert!(doctor.status.success(), "{table}");
    for (subject, found) in [
        ("AWS", "us-east-1, at http://127.0.0.1"),
        ("access keys", "signs"),
        ("their rotation", "by hand: tollgate keys rotate"),
        ("one secret for each", "different keys"),
        ("store", "drops what has expired"),
        ("template", "5 routes"),
    ] {
        let [state, _, remark, mend] = row(&table, subject).expect("a row");
        assert_eq!((state.as_str(), mend.as_str()), ("ok", ""), "{table}");
        assert!(has(&remark, found), "{table}");
    }
    // It looks, and changes nothing.
    assert!(moto.items().is_empty());
}
