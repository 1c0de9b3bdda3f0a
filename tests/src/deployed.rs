//! What deploys, on this machine: the binaries of `sam build` under AWS's runtime interface
//! emulator, on moto, behind the gateway.

use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tollgate_core::user::{Added, User, UserDirectory};
use tollgate_wiring::{Environment, Store};

use crate::client::Client;
use crate::emulator::Emulator;
use crate::local::serve;
use crate::moto::{Moto, Secret};

/// Every function of the template that has a route, and the authorizer.
const FUNCTIONS: [&str; 5] = ["login", "refresh", "logout", "authorizer", "protected-api"];

/// The functions and what they share.
pub struct Deployed {
    /// The sandboxes, to call them past the gateway.
    pub emulator: Emulator,
    /// The rotation function, which no gateway calls.
    rotate_keys: Emulator,
    /// The store, to see what is in it.
    pub store: Store,
    /// Whoever administers the table and the secrets.
    pub moto: Moto,
    variables: Vec<(String, String)>,
    url: String,
    runtime: Runtime,
}

impl Deployed {
    /// `sandboxes` of each function; with these variables beside those that they need.
    #[must_use]
    pub fn start(sandboxes: usize, variables: &[(&str, &str)]) -> Self {
        let moto = Moto::new();
        let endpoint = moto.url().to_owned();
        Self::start_at(moto, &endpoint, sandboxes, variables)
    }

    /// The same, with functions that find AWS at `endpoint`.
    #[must_use]
    pub fn start_at(
        moto: Moto,
        endpoint: &str,
        sandboxes: usize,
        variables: &[(&str, &str)],
    ) -> Self {
        let runtime = Runtime::new().expect("threads");
        let mut environment = moto.environment(endpoint);
        let settings = [
            ("TOLLGATE_ISSUER", "https://auth.example.com"),
            ("TOLLGATE_AUDIENCE", "api.example.com"),
            ("TOLLGATE_ALLOWED_ORIGIN", "*"),
        ];
        let settings = settings.iter().chain(variables);
        environment.extend(settings.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let direct = Environment::from_iter(moto.environment(moto.url()));
        let emulator = Emulator::start(&FUNCTIONS, sandboxes, &environment);
        let url = serve(&runtime, emulator.clone());
        Self {
            store: runtime.block_on(Store::open(&direct)).expect("a table"),
            rotate_keys: Emulator::start(&["rotate-keys"], 1, &environment),
            emulator,
            moto,
            variables: environment,
            url,
            runtime,
        }
    }

    /// What the functions run with, for more of them.
    #[must_use]
    pub fn variables(&self) -> &[(String, String)] {
        &self.variables
    }

    /// Adds a user.
    pub fn add(&self, user: &User) {
        let added = self.runtime.block_on(self.store.add(user));
        assert_eq!(added.expect("moto is up"), Added::Yes);
    }

    /// A client of the gateway.
    #[must_use]
    pub fn client(&self) -> Client {
        Client::new(&self.url)
    }

    /// A whole rotation, in the four steps in which Secrets Manager calls the function.
    pub fn rotate(&self, secret: &Secret) {
        let version = secret.request_rotation();
        for step in ["createSecret", "setSecret", "testSecret", "finishSecret"] {
            let event = json!({
                "Step": step,
                "SecretId": secret.name(),
                "ClientRequestToken": version,
            });
            let done = self.rotate_keys.call("rotate-keys", &event);
            assert_eq!(done.expect(step), Value::Null);
        }
    }

    /// Runs what is asynchronous.
    pub fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }
}
