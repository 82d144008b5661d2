//! Calls against a running server, with SQLite and a directory, over real connections.

mod access;
mod blobs;
mod https;
mod keys;
mod malformed;
mod members;
mod metrics;
mod objects;
mod push;
mod reflog;
mod refs;
mod repos;
mod sample;
mod tokens;

use muse_wire::api::{JSON_MEDIA_TYPE, MSGPACK_MEDIA_TYPE};
use muse_wire::name::RepoName;
use muse_wire::problem::Problem;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use reqwest::{Method, RequestBuilder, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tempfile::TempDir;

use crate::admin::{self, TokenOptions};
use crate::blobs::{self as blob_store, Blobs, UrlSigner};
use crate::store::tokens::Scope;
use crate::{Config, Server};

/// A public and a private repository of ada's.
const OPEN: &str = "ada/open";
const CLOSED: &str = "ada/closed";

/// The key that signs the server's blob URLs.
const SECRET: &str = "a secret for tests, of 32 characters";

/// A server with users and repositories, and a client for it.
struct Hub {
    server: Server,
    /// The server's blobs, as another process would open them.
    blobs: Blobs,
    client: reqwest::Client,
    ada: String,
    ada_reads: String,
    bob: String,
    root: String,
    _data: TempDir,
}

impl Hub {
    async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    async fn start_with(adjust: impl FnOnce(&mut Config)) -> Self {
        let data = tempfile::tempdir().expect("a temporary directory");
        let mut config = Config::new(data.path());
        config.listen = Some("127.0.0.1:0".to_owned());
        config.secret = Some(SECRET.to_owned());
        adjust(&mut config);
        let signer = UrlSigner::new(SECRET.as_bytes(), None);
        let blobs = blob_store::open(&config.blobs_url(), signer, data.path(), None);
        let server = Server::start(config).await.expect("a fresh server");
        let store = server.store();
        for user in ["ada", "bob", "root"] {
            admin::create_user(store, user).await.expect("a new user");
        }
        for (name, private) in [(OPEN, false), (CLOSED, true)] {
            let name = RepoName::parse(name).expect("valid");
            let made = admin::create_repo(store, name, private).await;
            made.expect("a new repository");
        }
        let token = async |user, scope| {
            let made = admin::create_token(store, user, scope, &TokenOptions::default()).await;
            made.expect("a new token").expose().to_owned()
        };
        let client = reqwest::Client::builder().no_proxy().build();
        Self {
            ada: token("ada", Scope::Write).await,
            ada_reads: token("ada", Scope::Read).await,
            bob: token("bob", Scope::Write).await,
            root: token("root", Scope::Admin).await,
            client: client.expect("a client"),
            blobs: blobs.expect("a directory").store,
            server,
            _data: data,
        }
    }

    /// A request without a token to a path on the server.
    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let base = self.server.base_url().expect("it listens");
        self.client
            .request(method, format!("{base}/{}", path.trim_start_matches('/')))
    }

    fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    /// A POST of ada's with a MessagePack body.
    fn post(&self, path: &str, body: &impl Serialize) -> RequestBuilder {
        let body = rmp_serde::to_vec_named(body).expect("encodes");
        self.request(Method::POST, path)
            .bearer(&self.ada)
            .header(CONTENT_TYPE, MSGPACK_MEDIA_TYPE)
            .body(body)
    }
}

trait RequestExt {
    fn bearer(self, token: &str) -> Self;
    fn json(self, body: &str) -> Self;
    async fn answer(self) -> Response;
    async fn status(self) -> u16;
    /// The decoded answer to a request that succeeds.
    async fn decoded<T: DeserializeOwned>(self) -> T;
    /// Status and code of the answer to a request that is refused.
    async fn problem(self) -> (u16, String);
}

impl RequestExt for RequestBuilder {
    fn bearer(self, token: &str) -> Self {
        self.header(AUTHORIZATION, format!("Bearer {token}"))
    }

    fn json(self, body: &str) -> Self {
        self.header(CONTENT_TYPE, JSON_MEDIA_TYPE)
            .header(ACCEPT, JSON_MEDIA_TYPE)
            .body(body.to_owned())
    }

    async fn answer(self) -> Response {
        self.send().await.expect("an answer")
    }

    async fn status(self) -> u16 {
        self.answer().await.status().as_u16()
    }

    async fn decoded<T: DeserializeOwned>(self) -> T {
        let response = self.answer().await;
        let status = response.status();
        let body = response.bytes().await.expect("a whole body");
        let text = String::from_utf8_lossy(&body).into_owned();
        assert!(status.is_success(), "{status} {text}");
        if body.first() == Some(&b'{') {
            serde_json::from_slice(&body).expect(&text)
        } else {
            rmp_serde::from_slice(&body).expect(&text)
        }
    }

    async fn problem(self) -> (u16, String) {
        let response = self.answer().await;
        let status = response.status().as_u16();
        let media_type = response.headers().get(CONTENT_TYPE).cloned();
        assert_eq!(media_type.expect("a type"), "application/problem+json");
        let body = response.bytes().await.expect("a whole body");
        let problem: Problem = serde_json::from_slice(&body).expect("a problem document");
        assert_eq!(problem.status, status);
        (status, problem.code)
    }
}

/// What [`RequestExt::problem`] gives, for comparisons.
fn refusal(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}
