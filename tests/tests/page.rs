//! The page that `tollgate serve` shows: it is whole, and there are two users to try it with.

use std::collections::BTreeMap;

use tollgate_tests::server::{Server, data_directory, run_well};

/// Where a file of the page says that it needs another: `src="/…"`, `href="/…"` and `from './…'`.
fn needed(text: &str) -> Vec<String> {
    let after = |start: &'static str, end: char| {
        let found = text.split(start).skip(1);
        found.filter_map(move |rest| rest.split(end).next())
    };
    let of_html = ["src=\"/", "href=\"/"]
        .into_iter()
        .flat_map(|start| after(start, '"'))
        .map(|path| format!("/{path}"));
    let of_scripts = after("from './", '\'').map(|name| format!("/assets/{name}"));
    of_html.chain(of_scripts).collect()
}

#[test]
fn the_page_has_every_file_that_it_names_and_nothing_from_elsewhere() {
    let data = data_directory();
    let server = Server::start(data.path());
    let mut files = BTreeMap::new();
    let mut left = vec!["/".to_owned()];
    while let Some(path) = left.pop() {
        if files.contains_key(&path) {
            continue;
        }
        let mut answer = ureq::get(format!("{}{path}", server.url))
            .call()
            .unwrap_or_else(|error| unreachable!("{path}: {error}"));
        let policy = answer.headers()["content-security-policy"]
            .to_str()
            .expect("ASCII");
        assert!(policy.starts_with("default-src 'none'"), "{path}");
        let text = answer.body_mut().read_to_string().expect("text");
        left.extend(needed(&text));
        files.insert(path, text);
    }
    assert!(
        files.contains_key("/assets/tollgate.js"),
        "{:?}",
        files.keys()
    );
    assert!(files.len() > 10, "{:?}", files.keys());
    for (path, text) in &files {
        // The policy would stop them in the browser, where nobody reads the console.
        for forbidden in [
            "innerHTML",
            "style=\"",
            "<script>",
            "onclick=",
            "src=\"http",
            "from 'http",
        ] {
            assert!(!text.contains(forbidden), "{forbidden} in {path}");
        }
    }
}

/// 403 needs somebody who may not: the guest, who has the demo user's password.
#[test]
fn the_demo_user_may_read_reports_and_the_guest_may_not() {
    let data = data_directory();
    let server = Server::start(data.path());
    let client = server.client();
    let after = |label: &str| {
        let line = server
            .greeting
            .lines()
            .find_map(|line| line.strip_prefix(label));
        line.unwrap_or_else(|| unreachable!("no {label} in {}", server.greeting))
            .trim()
            .to_owned()
    };
    let port = server.url.rsplit(':').next().expect("a port");
    assert!(
        server
            .greeting
            .contains(&format!("http://localhost:{port}/ "))
    );
    assert!(after("Guest:").starts_with("guest@example.com,"));
    for (email, status, scope) in [
        ("demo@example.com", 200, "reports:read"),
        ("guest@example.com", 403, ""),
    ] {
        let pair = client.log_in(email, &after("Password:"));
        let token = pair.text("access_token");
        assert_eq!(client.get_as("/me", token).text("scope"), scope, "{email}");
        assert_eq!(client.get_as("/reports", token).status, status, "{email}");
    }

    // Deleted, the guest is not spoken of any more, and does not come back.
    let _ = run_well(data.path(), &["users", "delete", "guest@example.com"], "");
    assert!(!data.path().join("guest-user.json").exists());
    assert!(!Server::start(data.path()).greeting.contains("guest"));
}
