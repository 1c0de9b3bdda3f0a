//! `cargo lambda watch` with the settings of Cargo.toml, `cargo lambda invoke`, and the gateway in
//! front: the functions as processes of their own, beside a server on the same data directory.
//!
//! It needs cargo-lambda, which `cargo xtask test` installs into target/tools.

use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tokio::runtime::Runtime;
use tollgate_core::user::{Added, UserDirectory};
use tollgate_tests::client::Client;
use tollgate_tests::credentials::{EMAIL, PASSWORD};
use tollgate_tests::functions::user;
use tollgate_tests::logs;
use tollgate_tests::moto::Moto;
use tollgate_tests::ports;
use tollgate_tests::server::{Server, add_user, repository};
use tollgate_wiring::{Environment, Store};

/// `cargo lambda watch` in a folder of its own, so that the paths in Cargo.toml, which are relative,
/// lead to a data directory of the test.
struct Watch {
    child: Child,
    port: u16,
}

impl Watch {
    /// With the settings of a Cargo.toml.
    fn start(folder: &Path, manifest: &Path) -> Self {
        let port = ports::free().port();
        let mut command = cargo_lambda(folder);
        command.args(["watch", "--ignore-changes", "--invoke-address", "127.0.0.1"]);
        command.args(["--invoke-port", &port.to_string(), "--manifest-path"]);
        command
            .arg(manifest)
            .env("RUST_LOG", "trace")
            .env("CARGO_TARGET_DIR", repository().join("target"));
        let log = logs::file("lambda-watch");
        command
            .stdout(log.try_clone().expect("a file"))
            .stderr(log)
            .stdin(Stdio::null());
        // A group of its own: the functions that it starts are ended with it.
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let watch = Self {
            child: command.spawn().expect("it starts"),
            port,
        };
        watch.wait_until_it_listens();
        watch
    }

    fn wait_until_it_listens(&self) {
        for _ in 0..600 {
            if TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        unreachable!("cargo lambda watch does not listen; see target/test-logs/lambda-watch.log");
    }

    /// `cargo lambda invoke FUNCTION --data-file events/FILE`
    fn invoke(&self, folder: &Path, function: &str, event: &str) -> serde_json::Value {
        let mut command = cargo_lambda(folder);
        command.args(["invoke", function, "--invoke-address", "127.0.0.1"]);
        command.args(["--invoke-port", &self.port.to_string()]);
        command
            .arg("--data-file")
            .arg(repository().join("events").join(event));
        let output = command.output().expect("it runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(
            output.status.success(),
            "{function} {event}: {}",
            text(&output.stderr)
        );
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
            unreachable!("{function} {event}: {error}: {}", text(&output.stdout))
        })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let group = format!("-{}", self.child.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
        let _ = self.child.wait();
    }
}

fn cargo_lambda(folder: &Path) -> Command {
    #[expect(
        clippy::disallowed_methods,
        reason = "where cargo xtask test keeps its tools"
    )]
    let tools = std::env::var_os("TOLLGATE_TOOLS").expect("TOLLGATE_TOOLS: run cargo xtask test");
    let mut command = Command::new(Path::new(&tools).join("cargo-lambda"));
    command
        .arg("lambda")
        .current_dir(folder)
        .env("CARGO_LAMBDA_COMPILER", "cargo");
    command
}

/// Sessions that are refreshed in turns by the functions behind the gateway and by a server beside
/// them, all at the same time: nothing is lost, nothing is locked up.
fn share_the_data(servers: &[&Client; 2]) {
    std::thread::scope(|scope| {
        for session in 0..4 {
            let mut pair = servers[session % 2].log_in(EMAIL, PASSWORD);
            scope.spawn(move || {
                for turn in 0..10 {
                    assert_eq!(pair.status, 200, "session {session}, turn {turn}: {pair:?}");
                    pair = servers[(session + turn) % 2].refresh(pair.text("refresh_token"));
                }
                assert_eq!(
                    servers[session % 2]
                        .log_out(pair.text("refresh_token"))
                        .status,
                    204
                );
            });
        }
    });
}

#[test]
#[ignore = "needs TOLLGATE_TOOLS"]
fn the_functions_run_under_cargo_lambda_watch() {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let data = folder.path().join(".tollgate");
    add_user(&data, "reports:read");
    let watch = Watch::start(folder.path(), &repository().join("Cargo.toml"));

    // The functions alone, with sample events.
    let denied = watch.invoke(folder.path(), "authorizer", "authorizer-token-forged.json");
    assert_eq!(denied["policyDocument"]["Statement"][0]["Effect"], "Deny");
    let logged_in = watch.invoke(folder.path(), "login", "login-good.json");
    assert_eq!(logged_in["statusCode"], 200);
    let refused = watch.invoke(folder.path(), "refresh", "refresh-forged.json");
    assert_eq!(refused["statusCode"], 401);
    let nothing = watch.invoke(folder.path(), "logout", "logout-good.json");
    assert_eq!(nothing["statusCode"], 204);
    let closed = watch.invoke(
        folder.path(),
        "protected-api",
        "protected-without-context.json",
    );
    assert_eq!(closed["statusCode"], 401);

    // The gateway in front, and another server with its own functions on the same data.
    let invoke = format!("http://127.0.0.1:{}", watch.port);
    let in_front = Server::start_with(&data, &["--invoke", &invoke]);
    let beside = Server::start(&data);
    let (front, beside) = (in_front.client(), beside.client());
    let mut pair = front.log_in(EMAIL, PASSWORD);
    for (turn, client) in [&front, &beside, &front, &beside].into_iter().enumerate() {
        assert_eq!(pair.status, 200, "turn {turn}: {pair:?}");
        for gate in [&front, &beside] {
            assert_eq!(
                gate.get_as("/me", pair.text("access_token")).text("email"),
                EMAIL
            );
            assert_eq!(
                gate.get_as("/reports", pair.text("access_token")).status,
                200
            );
        }
        pair = client.refresh(pair.text("refresh_token"));
    }
    share_the_data(&[&front, &beside]);
    let access = pair.text("access_token").to_owned();
    let forged = front.get("/me", &[&format!("bearer {access}x")]);
    assert_eq!(
        (forged.refusal(), forged.challenge.as_deref()),
        (
            (401, "invalid_token", "-"),
            Some(r#"Bearer realm="tollgate", error="invalid_token""#),
        )
    );
    assert_eq!(front.get("/me", &[]).refusal(), (401, "unauthorized", "-"));
    assert_eq!(front.log_out(pair.text("refresh_token")).status, 204);
    assert_eq!(
        beside.refresh(pair.text("refresh_token")).refusal().2,
        "revoked"
    );
    assert!(fs::exists(data.join("tollgate.db")).expect("it can be looked at"));
}

/// The repository, with these variables in its Cargo.toml: what is there goes before what is given on
/// the command line of `cargo lambda watch`.
fn checkout_with(folder: &Path, variables: &[(String, String)]) -> PathBuf {
    const SECTION: &str = "[workspace.metadata.lambda.env]\n";
    for name in [
        "Cargo.lock",
        "bench",
        "crates",
        "functions",
        "tests",
        "xtask",
    ] {
        let link = folder.join(name);
        std::os::unix::fs::symlink(repository().join(name), link).expect("a link");
    }
    let manifest = fs::read_to_string(repository().join("Cargo.toml")).expect("it is there");
    let (before, settings) = manifest.split_once(SECTION).expect("the settings");
    let kept = settings.lines().filter(|line| {
        let is_replaced = |(name, _): &(String, String)| line.starts_with(&format!("{name} ="));
        !variables.iter().any(is_replaced)
    });
    let kept = kept.map(str::to_owned);
    let variables = variables.iter();
    let lines = variables.map(|(name, value)| format!("{name} = {value:?}"));
    let settings: Vec<_> = lines.chain(kept).collect();
    let settings = settings.join("\n");
    let path = folder.join("Cargo.toml");
    fs::write(&path, format!("{before}{SECTION}{settings}\n")).expect("it can be written");
    path
}

/// The same functions on a table and two secrets: three variables change.
#[test]
#[ignore = "needs TOLLGATE_TOOLS and TOLLGATE_MOTO"]
fn the_functions_run_on_aws_under_cargo_lambda_watch() {
    let moto = Moto::new();
    let variables = moto.environment(moto.url());
    let runtime = Runtime::new().expect("threads");
    let added = runtime.block_on(async {
        let environment = Environment::from_iter(variables.clone());
        let store = Store::open(&environment).await.expect("a table");
        store.add(&user(EMAIL, "reports:read")).await
    });
    assert_eq!(added.expect("moto is up"), Added::Yes);

    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let manifest = checkout_with(folder.path(), &variables);
    let watch = Watch::start(folder.path(), &manifest);
    let data = folder.path().join(".tollgate");
    let invoke = format!("http://127.0.0.1:{}", watch.port);
    let server = Server::start_with(&data, &["--invoke", &invoke]);
    let client = server.client();

    let first = client.log_in(EMAIL, PASSWORD);
    assert_eq!(first.status, 200, "{first:?}");
    let me = client.get_as("/me", first.text("access_token"));
    assert_eq!((me.status, me.text("email")), (200, EMAIL));
    let reports = client.get_as("/reports", first.text("access_token"));
    assert_eq!(reports.status, 200);
    let second = client.refresh(first.text("refresh_token"));
    assert_eq!(second.status, 200, "{second:?}");
    moto.access_key().rotate();
    let third = client.refresh(second.text("refresh_token"));
    assert_eq!(third.status, 200, "{third:?}");
    assert_eq!(client.get_as("/me", third.text("access_token")).status, 200);
    assert_eq!(client.log_out(third.text("refresh_token")).status, 204);
    let over = client.refresh(third.text("refresh_token"));
    assert_eq!(over.refusal(), (401, "invalid_grant", "revoked"));
    assert!(!moto.items().is_empty(), "it was the table");
}
