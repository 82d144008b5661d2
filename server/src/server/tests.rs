//! What a server does not start with.

use tempfile::TempDir;

use super::{Server, StartError};
use crate::config::Config;

/// Why a server with a fresh data directory, its settings changed by `adjust`, does not start.
async fn refused(adjust: impl FnOnce(&mut Config)) -> (StartError, TempDir) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let mut config = Config::new(directory.path());
    config.listen = None;
    config.workers = 0;
    adjust(&mut config);
    let error = Server::start(config).await.expect_err("it starts");
    (error, directory)
}

#[tokio::test]
async fn a_short_secret_is_refused() {
    for secret in ["", "hunter2", &" ".repeat(40), &"x".repeat(31)] {
        let (error, _) = refused(|config| config.secret = Some(secret.to_owned())).await;
        assert!(matches!(error, StartError::ShortSecret), "{error}");
    }
    let directory = tempfile::tempdir().expect("a temporary directory");
    let mut config = Config::new(directory.path());
    config.listen = None;
    config.secret = Some("x".repeat(32));
    let server = Server::start(config).await.expect("starts");
    assert!(!directory.path().join("secret").exists());
    server.stop().await;
}
