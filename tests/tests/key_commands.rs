//! `tollgate keys`: what it does to key files and to secrets, and what it says.

use std::fs;
use std::path::Path;
use std::process::Output;
use std::time::Duration;

use tollgate_tests::credentials::{EMAIL, PASSWORD};
use tollgate_tests::logs;
use tollgate_tests::moto::{CURRENT, Moto, PENDING, PREVIOUS};
use tollgate_tests::proxy::{Fault, Proxy, Rule};
use tollgate_tests::server::{Server, add_user, data_directory, tollgate};

/// `tollgate keys` on the files of a data directory, or on what the variables name.
struct Cli<'a> {
    data: &'a Path,
    variables: Vec<(String, String)>,
}

impl<'a> Cli<'a> {
    fn on_files(data: &'a Path) -> Self {
        Self {
            data,
            variables: vec![],
        }
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let arguments = [&["keys"], arguments].concat();
        let mut command = tollgate(self.data, &arguments);
        command.envs(self.variables.iter().cloned());
        let output = command.output().expect("it starts");
        let mut log = logs::file("command-line");
        std::io::Write::write_all(&mut log, &output.stderr).expect("target/ can be written to");
        output
    }

    fn says(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let complaint = text(output.stderr);
        assert!(output.status.success(), "{arguments:?}: {complaint}");
        text(output.stdout)
    }

    fn complains(&self, arguments: &[&str], expected: &[&str]) {
        let output = self.run(arguments);
        assert!(!output.status.success(), "{arguments:?}");
        let complaint = text(output.stderr);
        for part in expected {
            assert!(
                complaint.contains(part),
                "{arguments:?}: no {part:?} in {complaint:?}"
            );
        }
    }

    /// The ids of access keys, then those of refresh keys, and what stands behind each.
    fn list(&self) -> [Vec<(String, String)>; 2] {
        let listed = self.says(&["list"]);
        let (access, refresh) = listed.split_once("refresh keys, ").expect("both");
        [access, refresh].map(|keys| {
            let rows = keys.lines().filter_map(|line| line.strip_prefix("  "));
            rows.map(|row| {
                let (id, place) = row.split_once("  ").expect("two columns");
                (
                    id.to_owned(),
                    place.split_whitespace().collect::<Vec<_>>().join(" "),
                )
            })
            .collect()
        })
    }
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("text")
}

fn places(keys: &[(String, String)]) -> Vec<&str> {
    keys.iter().map(|(_, place)| place.as_str()).collect()
}

#[test]
fn a_leaked_access_key_is_dropped_and_nobody_is_logged_out() {
    let data = data_directory();
    add_user(data.path(), "");
    let cli = Cli::on_files(data.path());
    let server = Server::start(data.path());
    let pair = server.client().log_in(EMAIL, PASSWORD);
    let (access, refresh) = (pair.text("access_token"), pair.text("refresh_token"));
    let [access_keys, refresh_keys] = cli.list();
    assert_eq!(places(&access_keys), ["signs"]);
    assert_eq!(places(&refresh_keys), ["signs"]);
    let leaked = access_keys[0].0.as_str();

    cli.complains(
        &["drop", leaked],
        &[leaked, "signs access tokens", "tollgate keys rotate access"],
    );
    let _ = cli.says(&["rotate", "access"]);
    let [access_keys, _] = cli.list();
    assert_eq!(places(&access_keys), ["signs", "older"]);
    assert_eq!(access_keys[1].0, leaked);
    let said = cli.says(&["drop", leaked]);
    for part in [
        leaked,
        "access keys",
        "it was older",
        "within a minute",
        "AuthorizerCacheSeconds",
        "nobody is logged out",
    ] {
        assert!(said.contains(part), "no {part} in {said}");
    }
    let [access_keys, unchanged] = cli.list();
    assert_eq!(places(&access_keys), ["signs"]);
    assert_eq!(unchanged, refresh_keys);

    let other = Server::start(data.path());
    let client = other.client();
    assert_eq!(
        client.get_as("/me", access).refusal(),
        (401, "invalid_token", "-")
    );
    let renewed = client.refresh(refresh);
    assert_eq!(
        client.get_as("/me", renewed.text("access_token")).status,
        200
    );
    let inspected = tollgate(data.path(), &["token", "inspect", access]).output();
    let inspected = text(inspected.expect("it starts").stdout);
    assert!(inspected.contains("unknown_key"), "{inspected}");
}

#[test]
fn a_dropped_refresh_key_ends_its_sessions() {
    let data = data_directory();
    add_user(data.path(), "");
    let cli = Cli::on_files(data.path());
    let server = Server::start(data.path());
    let old = server.client().log_in(EMAIL, PASSWORD);
    let leaked = cli.list()[1][0].0.clone();
    cli.complains(
        &["drop", &leaked],
        &["signs refresh tokens", "keys rotate refresh"],
    );
    let _ = cli.says(&["rotate", "refresh"]);
    let said = cli.says(&["drop", &leaked]);
    assert!(
        said.contains("refresh keys") && said.contains("log in again"),
        "{said}"
    );
    assert!(!said.contains("API Gateway"), "{said}");
    let other = Server::start(data.path());
    let ended = other.client().refresh(old.text("refresh_token"));
    assert_eq!(ended.refusal(), (401, "invalid_grant", "unknown"));
}

#[test]
fn what_is_no_key_is_not_dropped() {
    let data = data_directory();
    add_user(data.path(), "");
    let cli = Cli::on_files(data.path());
    let [access, refresh] = cli.list();
    let there = [access[0].0.as_str(), refresh[0].0.as_str()];
    for id in ["AAAAAAAAAAA", "-AAAAAAAAAA", "--AAAAAAAAA", "nonsense", ""] {
        cli.complains(
            &["drop", id],
            &["no key has the id", id, there[0], there[1]],
        );
    }
    cli.complains(&["drop"], &["KID"]);

    // A leaked access key is dropped, whatever is wrong with the other file.
    let _ = cli.says(&["rotate"]);
    fs::write(data.path().join("refresh.key"), "").expect("it is mine");
    let listed = cli.run(&["list"]);
    assert!(!listed.status.success());
    assert!(
        text(listed.stdout).contains(there[0]),
        "it shows what there is"
    );
    cli.complains(
        &["drop", "AAAAAAAAAAA"],
        &["TOLLGATE_REFRESH_KEY", "holds no key"],
    );
    let said = cli.says(&["drop", there[0]]);
    assert!(said.contains("is dropped"), "{said}");
}

#[test]
#[ignore = "needs TOLLGATE_MOTO"]
fn secrets_are_rotated_listed_and_dropped() {
    let data = data_directory();
    let moto = Moto::new();
    let cli = Cli {
        data: data.path(),
        variables: moto.environment(moto.url()),
    };
    let [access, refresh] = cli.list();
    assert_eq!(
        (places(&access), places(&refresh)),
        (vec!["signs AWSCURRENT"], vec!["signs AWSCURRENT"])
    );
    let first = access[0].0.as_str();

    let said = cli.says(&["rotate"]);
    for name in [moto.access_key().name(), moto.refresh_key().name()] {
        assert!(said.contains(name), "{said}");
    }
    assert!(
        said.contains(&format!("{first} goes on verifying")),
        "{said}"
    );
    assert!(said.contains("Nobody is logged out"), "{said}");
    let [access, refresh] = cli.list();
    let after = ["signs AWSCURRENT, AWSPENDING", "older AWSPREVIOUS"];
    assert_eq!(
        (places(&access), places(&refresh)),
        (after.into(), after.into())
    );

    let said = cli.says(&["rotate", "access"]);
    let dropped = format!("{first} is dropped, since a secret keeps one older key");
    assert!(said.contains(&dropped), "{said}");
    let [rotated, unchanged] = cli.list();
    assert_eq!(unchanged, refresh);
    let (now, leaked) = (rotated[0].0.as_str(), rotated[1].0.as_str());
    assert_eq!(leaked, access[0].0);

    cli.complains(&["drop", now], &[now, "tollgate keys rotate access"]);
    cli.complains(&["drop", first], &["no key has the id", first, now, leaked]);
    let said = cli.says(&["drop", leaked]);
    for part in [leaked, "it was AWSPREVIOUS", "within a minute"] {
        assert!(said.contains(part), "no {part} in {said}");
    }
    assert_eq!(moto.access_key().value(PREVIOUS), None);
    assert_eq!(places(&cli.list()[0]), ["signs AWSCURRENT, AWSPENDING"]);
}

#[test]
#[ignore = "needs TOLLGATE_MOTO"]
fn what_an_unfinished_rotation_left_is_shown_replaced_or_dropped() {
    let data = data_directory();
    let moto = Moto::new();
    let cli = Cli {
        data: data.path(),
        variables: moto.environment(moto.url()),
    };
    let vault = moto.access_key();
    vault.begin_rotation();
    let [access, _] = cli.list();
    assert_eq!(places(&access), ["signs AWSCURRENT", "pending AWSPENDING"]);
    let said = cli.says(&["drop", &access[1].0]);
    assert!(said.contains("It never signed"), "{said}");
    assert_eq!(vault.value(PENDING), None);

    vault.begin_rotation();
    let left = cli.list()[0][1].0.clone();
    let said = cli.says(&["rotate", "access"]);
    assert!(said.contains(&format!("{left} was AWSPENDING")), "{said}");

    vault.put("canary-secret", &[PENDING]);
    let listed = cli.says(&["list"]);
    assert!(
        listed.contains("no key") && listed.contains("13 bytes"),
        "{listed}"
    );
    let said = cli.says(&["rotate", "access"]);
    assert!(
        said.contains("A version without a key was AWSPENDING"),
        "{said}"
    );
    assert!(vault.value(CURRENT).is_some());
}

#[test]
#[ignore = "needs TOLLGATE_MOTO"]
fn a_failure_names_the_variable_the_secret_and_the_permission() {
    let data = data_directory();
    let moto = Moto::new();
    moto.refresh_key().rotate();
    let proxy = Proxy::start(moto.url());
    let cli = Cli {
        data: data.path(),
        variables: moto.environment(proxy.url()),
    };
    let name = moto.refresh_key().name();
    let older = cli.list()[1][1].0.clone();
    for (arguments, action) in [
        (&["list"][..], "DescribeSecret"),
        (&["list"], "GetSecretValue"),
        (&["rotate", "refresh"], "PutSecretValue"),
        (&["rotate", "refresh"], "UpdateSecretVersionStage"),
        (&["drop", &older], "UpdateSecretVersionStage"),
    ] {
        proxy.inject(Rule::always(Fault::AccessDenied).operation(action));
        let permission = format!("secretsmanager:{action}");
        let name = if arguments == ["list"] {
            moto.access_key().name()
        } else {
            name
        };
        cli.complains(arguments, &[name, &permission, "_KEY: "]);
        proxy.heal();
    }
    moto.refresh_key().delete();
    cli.complains(
        &["rotate", "refresh"],
        &["TOLLGATE_REFRESH_KEY", name, "no such secret"],
    );
    moto.refresh_key().recreate();
}

/// A second for each answer is more than a request has; a person waits.
#[test]
#[ignore = "needs TOLLGATE_MOTO"]
fn a_slow_service_is_waited_for() {
    let data = data_directory();
    let moto = Moto::new();
    let proxy = Proxy::start(moto.url());
    let slow = Fault::SlowFirstByte(Duration::from_secs(1));
    for operation in ["DescribeSecret", "UpdateSecretVersionStage"] {
        proxy.inject(Rule::always(slow).operation(operation));
    }
    let cli = Cli {
        data: data.path(),
        variables: moto.environment(proxy.url()),
    };
    cli.says(&["rotate", "access"]);
    let [access, _] = cli.list();
    assert_eq!(
        places(&access),
        ["signs AWSCURRENT, AWSPENDING", "older AWSPREVIOUS"]
    );
}
