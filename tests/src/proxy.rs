//! A proxy in front of AWS, or of moto, that breaks what passes through it when a test wants it to.
//!
//! ```no_run
//! use tollgate_tests::moto::Moto;
//! use tollgate_tests::proxy::{Fault, Proxy, Rule, Service};
//!
//! let moto = Moto::new();
//! let proxy = Proxy::start(moto.url());
//! let environment = moto.environment(proxy.url());
//! // … start what is tested in this environment …
//! proxy.inject(Rule::times(1, Fault::Lost).operation("UpdateItem"));
//! proxy.inject(Rule::always(Fault::Stall).service(Service::SecretsManager));
//! // … and look at what it does …
//! let calls = proxy.calls();
//! assert_eq!(calls.disturbed(), 1);
//! proxy.heal();
//! ```

mod calls;
mod door;
mod fault;
mod refusal;
mod relay;
mod skew;
mod units;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;

use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

pub use calls::{Calls, Service};
use door::{Command, Door};
pub use fault::{Fault, Rule};
use relay::Relay;

/// A running proxy; it stops when it is dropped.
///
/// It has a thread of its own, so it can be used from tests that are synchronous, from tests that
/// are not, and from other processes.
pub struct Proxy {
    url: String,
    relay: Arc<Relay>,
    commands: Option<UnboundedSender<Command>>,
    thread: Option<JoinHandle<()>>,
}

impl Proxy {
    /// Starts one on a free port of 127.0.0.1, in front of the server at `upstream`
    /// (`http://HOST:PORT`).
    #[must_use]
    pub fn start(upstream: &str) -> Self {
        let relay = Arc::new(Relay::to(upstream));
        let (commands, orders) = unbounded_channel();
        let (opened, address) = mpsc::channel();
        let thread = std::thread::spawn({
            let relay = Arc::clone(&relay);
            move || {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .expect("a runtime");
                runtime.block_on(async {
                    let door = Door::open(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
                    opened.send(door.address()).expect("it is waited for");
                    door.keep(orders, relay).await;
                });
            }
        });
        let address = address.recv().expect("the proxy listens");
        Self {
            url: format!("http://{address}"),
            relay,
            commands: Some(commands),
            thread: Some(thread),
        }
    }

    /// Where it listens, for `AWS_ENDPOINT_URL`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// From now on this happens too. Of several rules that fit a call, the first that is not used
    /// up decides, so `times(1, Lost)` before `always(Throttled)` is a sequence.
    ///
    /// When it returns from [`Fault::Refused`], the port is closed and so is every connection.
    pub fn inject(&self, rule: Rule) {
        if rule.fault() == Fault::Refused {
            assert!(
                rule.is_unconditional(),
                "a closed port refuses everybody, always: {rule:?}"
            );
            self.order(Command::Close);
        } else {
            self.relay.inject(rule);
        }
    }

    /// All is well again: no rule is left, whoever is stalled is hung up on, answers that were
    /// held back go out, and the port is open.
    pub fn heal(&self) {
        self.relay.heal();
        self.order(Command::Open);
    }

    /// What was called since the last time.
    ///
    /// A connection that is refused never reaches the proxy, so it is not among the calls.
    #[must_use]
    pub fn calls(&self) -> Calls {
        self.relay.take_calls()
    }

    /// How many calls there were since it started.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.relay.total()
    }

    fn order(&self, command: fn(mpsc::Sender<()>) -> Command) {
        let (done, finished) = mpsc::channel();
        let commands = self.commands.as_ref().expect("it was not dropped");
        commands.send(command(done)).expect("the proxy runs");
        finished.recv().expect("the proxy runs");
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        drop(self.commands.take());
        // If its thread panicked, the test has failed already.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}
