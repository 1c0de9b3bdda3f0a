//! The whole system in the test process, behind a real socket: for tests that let time pass.

use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tollgate_gateway::{Api, Gateway, Invoke};

use crate::client::Client;
use crate::functions::Fixture;
use crate::server::repository;

/// A gateway on the template of the repository, in front of the functions of a [`Fixture`].
pub struct Local {
    /// The functions and what they share.
    pub fixture: Fixture,
    url: String,
    runtime: Runtime,
}

impl Local {
    /// Starts on a free port.
    #[must_use]
    pub fn start() -> Self {
        let runtime = Runtime::new().expect("threads");
        let fixture = runtime.block_on(Fixture::start());
        let url = serve(&runtime, fixture.functions.clone());
        Self {
            fixture,
            url,
            runtime,
        }
    }

    /// A client of another machine that starts now, on the same data and at the same time.
    #[must_use]
    pub fn client_beside(&self) -> Client {
        let functions = self.runtime.block_on(self.fixture.start_beside());
        Client::new(serve(&self.runtime, functions))
    }

    /// A client of it.
    #[must_use]
    pub fn client(&self) -> Client {
        Client::new(&self.url)
    }

    /// Runs what is asynchronous.
    pub fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }
}

/// The gateway in front of these functions; its address.
pub(crate) fn serve(runtime: &Runtime, functions: impl Invoke + 'static) -> String {
    let api = Api::load(&repository().join("template.yaml")).expect("a good template");
    let listener = runtime
        .block_on(TcpListener::bind("127.0.0.1:0"))
        .expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    runtime.spawn(Gateway::new(api, functions).serve(listener, std::future::pending()));
    url
}
