//! A sandbox with a running server, one user and their token: what most stories start from.

use std::path::Path;

use super::api::Api;
use super::backend::Backend;
use super::command::{Invocation, Outcome};
use super::sandbox::Sandbox;
use super::server::{ServerOptions, TestServer};

/// The user that every scenario has.
pub const USER: &str = "ada";

/// A sandbox, a server in it, and a user's token.
pub struct Scenario {
    // Before the sandbox that it lives in: fields are dropped in order.
    server: TestServer,
    token: String,
    sandbox: Sandbox,
}

impl Scenario {
    /// Starts a server with its defaults.
    pub fn new(backend: Backend) -> Self {
        Self::with_options(backend, &ServerOptions::default())
    }

    /// Starts a server with these options.
    pub fn with_options(backend: Backend, options: &ServerOptions) -> Self {
        Self::in_sandbox(Sandbox::new(), backend, options)
    }

    /// The same in a given sandbox.
    pub fn in_sandbox(sandbox: Sandbox, backend: Backend, options: &ServerOptions) -> Self {
        let mut server = TestServer::prepare(backend, &sandbox);
        server.start(&sandbox, options);
        server.admin(&sandbox, &["user", "create", USER]).ok();
        let token = server
            .admin(&sandbox, &["token", "create", "--user", USER])
            .ok();
        Self {
            token: token.line().to_owned(),
            server,
            sandbox,
        }
    }

    /// The sandbox.
    pub fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }

    /// The server.
    pub fn server(&self) -> &TestServer {
        &self.server
    }

    /// The user's token.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Starts the server again, on another port.
    pub fn restart(&mut self, options: &ServerOptions) {
        self.server.start(&self.sandbox, options);
    }

    /// Waits until the server has ended by itself.
    pub fn wait_for_server_death(&mut self) {
        self.server.wait_for_death();
    }

    /// Kills the server.
    pub fn kill_server(&mut self) {
        self.server.kill();
    }

    /// An administration command.
    pub fn admin(&self, arguments: &[&str]) -> Invocation {
        self.server.admin(&self.sandbox, arguments)
    }

    /// Creates a public repository of the user and returns its URL.
    pub fn create_repo(&self, slug: &str) -> String {
        self.admin(&["repo", "create", &format!("{USER}/{slug}")])
            .ok();
        self.repo_url(slug)
    }

    /// The URL of a repository of the user.
    pub fn repo_url(&self, slug: &str) -> String {
        format!("{}/{USER}/{slug}", self.server.base_url())
    }

    /// The raw HTTP API of a repository of the user, with their token.
    pub fn api(&self, slug: &str) -> Api {
        Api::new(
            self.server.base_url(),
            &format!("{USER}/{slug}"),
            Some(&self.token),
        )
    }

    /// `muse -C DIRECTORY` with the user's token.
    pub fn muse(&self, directory: impl AsRef<Path>) -> Invocation {
        self.sandbox.muse(directory).env("MUSE_TOKEN", &self.token)
    }

    /// Runs a `muse` command line, split at spaces, and expects success.
    pub fn ok(&self, directory: &str, command_line: &str) -> Outcome {
        self.muse(directory).args(command_line.split(' ')).ok()
    }

    /// Runs a `muse` command line, split at spaces, and expects this exit code.
    pub fn fails(&self, directory: &str, command_line: &str, code: i32) -> Outcome {
        self.muse(directory)
            .args(command_line.split(' '))
            .fails(code)
    }

    /// Makes a repository in `directory` with a remote `origin` at `url`.
    pub fn init(&self, directory: &str, url: &str) {
        self.muse(".")
            .arg("init")
            .arg(self.sandbox.path(directory))
            .ok();
        self.muse(directory)
            .args(["remote", "add", "origin", url])
            .ok();
    }

    /// Writes files and commits them all.
    pub fn commit(&self, directory: &str, files: &[(&str, &str)], message: &str) {
        for (path, contents) in files {
            self.sandbox
                .write(Path::new(directory).join(path), contents);
        }
        self.muse(directory).args(["commit", "-m", message]).ok();
    }

    /// The id of the commit that a revision names.
    pub fn revision(&self, directory: &str, revision: &str) -> String {
        let log = self
            .muse(directory)
            .args(["--json", "log", "-n", "1", revision])
            .ok();
        let line = log.stdout.lines().next().expect("log prints a line");
        let entry: serde_json::Value = serde_json::from_str(line).expect("log prints JSON Lines");
        let id = entry.get("id").or_else(|| entry.get("commit"));
        id.and_then(|id| id.as_str())
            .expect("a logged commit has an id")
            .to_owned()
    }
}

/// Makes a test on each backend out of each function that takes a `&Scenario`, or, after `mut`, a
/// `&mut Scenario`.
#[macro_export]
macro_rules! on_both_backends {
    (mut $($story:ident),+ $(,)?) => {
        $crate::on_both_backends!(@pair (&mut) $($story),+);
    };
    ($($story:ident),+ $(,)?) => {
        $crate::on_both_backends!(@pair (&) $($story),+);
    };
    (@pair $borrow:tt $($story:ident),+) => {
        $crate::on_both_backends!(@module embedded, Embedded, $borrow $($story),+);
        $crate::on_both_backends!(@module distributed, Distributed, $borrow $($story),+);
    };
    (@module $module:ident, $backend:ident, $borrow:tt $($story:ident),+) => {
        mod $module {
            $($crate::on_both_backends!(@test $backend, $borrow $story);)+
        }
    };
    (@test $backend:ident, ($($borrow:tt)+) $story:ident) => {
        #[test]
        fn $story() {
            let backend = $crate::harness::Backend::$backend;
            if backend.is_available() {
                super::$story($($borrow)+ $crate::harness::Scenario::new(backend));
            }
        }
    };
}
