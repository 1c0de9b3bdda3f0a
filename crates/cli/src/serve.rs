//! `tollgate serve`.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::process::ExitCode;

use secrecy::ExposeSecret;
use tokio::net::TcpListener;
use tollgate_aws::dynamodb::OpenError;
use tollgate_gateway::{Api, Gateway, InvokeEndpoint};
use tollgate_sandbox::Functions;
use tollgate_wiring::{Environment, StartError, Store, clock, logs, settings};

use crate::arguments::{LogFormat, Serve};
use crate::data_directory::DataDirectory;
use crate::demo::DemoUser;
use crate::failure::Failure;
use crate::{page, stop};

/// The parameter of `template.yaml` that says what `TOLLGATE_ALLOWED_ORIGIN` says to functions.
const ALLOWED_ORIGIN_PARAMETER: &str = "AllowedOrigin";

/// Serves until it is told to stop; requests in flight are answered first.
pub(crate) async fn run(directory: &DataDirectory, options: Serve) -> Result<ExitCode, Failure> {
    let environment = directory.environment();
    let format = match options.log_format {
        LogFormat::Text => logs::Format::Text,
        LogFormat::Json => logs::Format::Json,
    };
    logs::init(
        format,
        environment.get("RUST_LOG").or(Some("warn,tollgate=info")),
    );
    let api = load(&options.template, &environment)?;
    let listener = listen(options.listen).await?;
    let stop = stop::requested()?;
    directory.prepare()?;
    let store = Store::open(&environment).await?;
    refuse_a_wrong_table(&store).await?;
    let (demo, guest) = match store {
        Store::Sqlite(_) => (
            DemoUser::prepare(directory, &store).await?,
            DemoUser::guest(directory, &store).await?,
        ),
        // A table may be one that the world logs in at.
        Store::DynamoDb(_) => (None, None),
    };
    let gateway = match &options.invoke {
        Some(url) => Gateway::new(api, InvokeEndpoint::new(url)?),
        None => Gateway::new(api, Functions::start(&environment, clock::now).await?),
    };
    greet(listener.local_addr()?, demo.as_ref(), guest.as_ref());
    gateway
        .with_pages(page::pages())
        .serve(listener, stop)
        .await;
    Ok(ExitCode::SUCCESS)
}

/// The template, which lets those pages read the gateway's answers that may read the functions'.
fn load(template: &Path, environment: &Environment) -> Result<Api, Failure> {
    let origin = settings::allowed_origin(environment)?;
    let origin = origin.as_ref().and_then(|origin| origin.to_str().ok());
    let parameters = origin.map(|origin| (ALLOWED_ORIGIN_PARAMETER, origin));
    Ok(Api::load_with(template, parameters.as_slice())?)
}

/// Looks more closely than a function does at its start: that has neither the permission nor the time
/// to ask about the table. Whoever has no permission here serves as well.
async fn refuse_a_wrong_table(store: &Store) -> Result<(), Failure> {
    let Store::DynamoDb(table) = store else {
        return Ok(());
    };
    match table.inspect().await {
        Ok(_) | Err(OpenError::Denied { .. } | OpenError::Unknown { .. }) => Ok(()),
        Err(error) => Err(StartError::Store(error.into()).into()),
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| {
        let problem = match error.kind() {
            io::ErrorKind::AddrInUse => "another process listens there".to_owned(),
            _ => error.to_string(),
        };
        Failure::new(format!(
            "cannot listen on {address} ({problem}); choose another with --listen ADDR:PORT, \
             where port 0 picks a free one"
        ))
    })
}

/// Says where it is, and what to try: lines that work when they are pasted into a shell.
#[expect(clippy::print_stdout, reason = "a command line tool talks to its user")]
fn greet(address: SocketAddr, demo: Option<&DemoUser>, guest: Option<&DemoUser>) {
    println!("Tollgate listens on http://{address} (Ctrl-C stops it).");
    let page = page_url(address);
    match (&page, demo) {
        (Some(url), Some(_)) => println!(
            "Open {url} in a browser and log in as the demo user, or paste the commands below."
        ),
        (Some(url), None) => println!("Its page: {url}"),
        (None, _) => println!(
            "Nobody can log in at its page there: browsers keep the cookie only at localhost, or \
             behind https.\nFor the page, leave --listen out or give it 127.0.0.1."
        ),
    }
    let Some(demo) = demo else {
        println!("There is no demo user.");
        return;
    };
    let (email, password) = (&demo.email, demo.password.expose_secret());
    let guest = guest.map_or_else(String::new, |guest| {
        let email = &guest.email;
        format!("\nGuest:      {email}, with the same password; may not read reports")
    });
    println!(
        r#"
Demo user:  {email}
Password:   {password}{guest}

1. Log in:

   field() {{ sed "s/.*\"$1\":\"\([^\"]*\)\".*/\1/"; }}; url=http://{address}; json='Content-Type: application/json'; T=$(curl -sS $url/auth/login -H "$json" -d '{{"email":"{email}","password":"{password}"}}'); echo "$T"

2. Call a protected function:

   curl -sS -i $url/me -H "Authorization: Bearer $(echo "$T" | field access_token)"; echo

3. Refresh twice, then play the thief, who comes back with the first refresh token: the whole session ends.

   refresh() {{ curl -sS $url/auth/refresh -H "$json" -d "{{\"refresh_token\":\"$1\"}}"; echo; }}; R1=$(echo "$T" | field refresh_token); R2=$(refresh $R1 | field refresh_token); R3=$(refresh $R2 | field refresh_token); echo "thief: $(refresh $R1)"; echo "owner: $(refresh $R3)"
"#
    );
}

/// Where a browser on this machine finds the page. Browsers trust the name `localhost` as they trust
/// https, and let it have cookies that are for secure pages only. `None` where the name leads elsewhere.
fn page_url(address: SocketAddr) -> Option<String> {
    let ip = address.ip();
    let here = [
        IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(Ipv6Addr::LOCALHOST),
    ];
    let leads_there = ip.is_unspecified() || here.contains(&ip);
    leads_there.then(|| format!("http://localhost:{}/", address.port()))
}

#[cfg(test)]
mod tests {
    use super::page_url;

    #[test]
    fn the_page_is_opened_by_name_where_the_name_leads_there() {
        for (address, url) in [
            ("127.0.0.1:8787", Some("http://localhost:8787/")),
            ("[::1]:80", Some("http://localhost:80/")),
            ("0.0.0.0:1", Some("http://localhost:1/")),
            ("[::]:1", Some("http://localhost:1/")),
            ("127.0.0.2:8787", None),
            ("192.0.2.7:8787", None),
            ("[2001:db8::1]:8787", None),
        ] {
            let page = page_url(address.parse().expect("an address"));
            assert_eq!(page.as_deref(), url, "{address}");
        }
    }
}
