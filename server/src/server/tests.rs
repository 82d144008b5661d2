//! What a server does not start with.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use tempfile::TempDir;

use super::{Server, StartError, open_existing_store, open_store};
use crate::config::Config;
use crate::error::with_causes;

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

#[tokio::test]
async fn only_the_first_commands_create_a_database() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let config = Config::new(directory.path().join("typo"));
    let error = open_existing_store(&config).await.expect_err("none there");
    assert!(matches!(error, StartError::NoDatabase { .. }), "{error}");
    assert!(!config.data_dir.exists(), "a typo has left something");
    open_store(&config).await.expect("created");
    open_existing_store(&config).await.expect("there now");
}

#[tokio::test]
async fn a_host_name_can_be_listened_on() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let mut config = Config::new(directory.path());
    config.listen = Some("localhost:0".to_owned());
    let server = Server::start(config).await.expect("starts");
    assert!(server.local_addr().expect("it listens").ip().is_loopback());
    server.stop().await;
    for address in ["localhost", "no-such-host.invalid:0", "127.0.0.1:x"] {
        let (error, _) = refused(|config| config.listen = Some(address.to_owned())).await;
        assert!(
            matches!(error, StartError::Listen { .. }),
            "{address}: {error}"
        );
    }
}

#[tokio::test]
async fn a_server_that_cannot_write_does_not_start() {
    // As after a start that could; the database is open for writing in either case.
    for read_only in ["", "blobs/tmp"] {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let mut config = Config::new(directory.path());
        config.listen = Some("127.0.0.1:0".to_owned());
        let server = Server::start(config.clone()).await.expect("starts");
        server.stop().await;
        let locked = directory.path().join(read_only);
        let set_mode = |mode| {
            let permissions = Permissions::from_mode(mode);
            fs::set_permissions(&locked, permissions).expect("changed");
        };
        set_mode(0o555);
        if tempfile::tempfile_in(&locked).is_ok() {
            // We are root, who may write everywhere: there is nothing to see.
            return;
        }
        let outcome = Server::start(config).await;
        set_mode(0o755);
        let error = outcome.expect_err("it starts");
        assert!(with_causes(&error).contains("denied"), "{error}");
    }
}

#[tokio::test]
async fn presigned_urls_have_a_lifetime_that_stores_allow() {
    for lifetime in [Duration::ZERO, Duration::from_secs(604_801), Duration::MAX] {
        let (error, _) = refused(|config| config.presign_lifetime = lifetime).await;
        assert!(matches!(error, StartError::PresignLifetime), "{error}");
    }
}

#[tokio::test]
async fn a_blob_store_that_does_not_answer_is_named_at_the_start() {
    // Nobody listens there.
    let url = "s3://bucket?endpoint=http://127.0.0.1:1&region=r&path_style=true";
    let (error, _) = refused(|config| config.blobs = Some(url.to_owned())).await;
    assert!(matches!(error, StartError::BlobsProbe(_)), "{error}");
    let text = with_causes(&error);
    assert!(text.starts_with("the blob store does not work: "), "{text}");
}
