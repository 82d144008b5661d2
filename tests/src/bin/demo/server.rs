//! The embedded server, and the count of what goes to and from it.

use std::error::Error;
use std::path::Path;

use muse_e2e::measure::CountingProxy;
use muse_wire::name::RepoName;
use musehub::admin::{self, TokenOptions};
use musehub::store::tokens::Scope;
use musehub::{Config, Server};
use tokio::runtime::Runtime;

const USER: &str = "demo";
const SLUG: &str = "files";

/// A running server with one user and one repository.
pub(crate) struct DemoServer {
    runtime: Runtime,
    server: Server,
    proxy: CountingProxy,
    token: String,
}

impl DemoServer {
    /// Starts a server on a free port, with its data in `data`.
    pub(crate) fn start(data: &Path) -> Result<Self, Box<dyn Error>> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?;
        let mut config = Config::new(data);
        config.listen = Some("127.0.0.1:0".to_owned());
        let (server, token) = runtime.block_on(async {
            let server = Server::start(config).await?;
            let store = server.store();
            admin::create_user(store, USER).await?;
            let options = TokenOptions {
                label: "demo",
                ..TokenOptions::default()
            };
            let token = admin::create_token(store, USER, Scope::Write, &options).await?;
            admin::create_repo(store, RepoName::new(USER, SLUG)?, false).await?;
            Ok::<_, Box<dyn Error>>((server, token))
        })?;
        Ok(Self {
            proxy: CountingProxy::start(&server.base_url().expect("it listens")),
            runtime,
            server,
            token: token.expose().to_owned(),
        })
    }

    /// Where clients find the repository: through the counting proxy.
    pub(crate) fn repo_url(&self) -> String {
        format!("{}/{USER}/{SLUG}", self.proxy.url())
    }

    /// The user's token.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// Bytes to the server and from it, so far.
    pub(crate) fn bytes(&self) -> (u64, u64) {
        (self.proxy.sent_bytes(), self.proxy.received_bytes())
    }

    /// Lets open requests and running jobs end, then stops.
    pub(crate) fn stop(self) {
        self.runtime.block_on(self.server.stop());
    }
}
