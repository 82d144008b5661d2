//! HTTPS with certificate files, which change while the server runs.

use std::fs;
use std::path::Path;

use hyper::http::Version;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use reqwest::{Certificate, Client};
use tempfile::TempDir;

use crate::{Config, Server, StartError};

/// Writes a new certificate for this machine, and returns who trusts it, and nothing else.
fn renew(directory: &Path) -> Client {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    fs::write(directory.join("cert.pem"), cert.pem()).expect("written");
    fs::write(directory.join("key.pem"), signing_key.serialize_pem()).expect("written");
    let root = Certificate::from_pem(cert.pem().as_bytes()).expect("a certificate");
    let client = Client::builder().no_proxy().tls_certs_only([root]);
    client.build().expect("a client")
}

fn config(directory: &TempDir) -> Config {
    let mut config = Config::new(directory.path().join("data"));
    config.listen = Some("localhost:0".to_owned());
    config.tls_certificate = Some(directory.path().join("cert.pem"));
    config.tls_key = Some(directory.path().join("key.pem"));
    config
}

/// The version of HTTP in which the server answers, if it does.
async fn version(server: &Server, client: &Client) -> Result<Version, reqwest::Error> {
    let port = server.local_addr().expect("it listens").port();
    let answer = client
        .get(format!("https://localhost:{port}/healthz"))
        .send();
    Ok(answer.await?.error_for_status()?.version())
}

#[tokio::test]
async fn the_certificate_is_read_again_when_it_changes() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let first = renew(directory.path());
    let server = Server::start(config(&directory)).await.expect("starts");
    assert!(
        server
            .base_url()
            .expect("it listens")
            .starts_with("https://")
    );
    assert_eq!(
        version(&server, &first).await.expect("trusted"),
        Version::HTTP_2
    );

    let second = renew(directory.path());
    version(&server, &second).await.expect_err("not shown yet");
    server.reload_certificate().await;
    version(&server, &second).await.expect("shown now");

    // What cannot be used changes nothing.
    fs::write(directory.path().join("cert.pem"), "no certificate").expect("written");
    server.reload_certificate().await;
    version(&server, &second).await.expect("still shown");
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_knows_no_http2_is_served() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    renew(directory.path());
    let server = Server::start(config(&directory)).await.expect("starts");
    let old = Client::builder()
        .no_proxy()
        .http1_only()
        .tls_danger_accept_invalid_certs(true);
    let old = old.build().expect("a client");
    assert_eq!(
        version(&server, &old).await.expect("served"),
        Version::HTTP_11
    );
    server.stop().await;
}

#[tokio::test]
async fn files_that_do_not_fit_are_named_at_the_start() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let refused = async |config| Server::start(config).await.expect_err("it starts");
    let error = refused(config(&directory)).await;
    assert!(matches!(error, StartError::Tls(_)), "{error}");
    renew(directory.path());
    let key = fs::read(directory.path().join("key.pem")).expect("read");
    renew(directory.path());
    fs::write(directory.path().join("key.pem"), key).expect("written");
    let error = refused(config(&directory)).await;
    assert!(
        matches!(error, StartError::Tls(_)),
        "another certificate's key: {error}"
    );
    let mut half = config(&directory);
    half.tls_key = None;
    let error = refused(half).await;
    assert!(matches!(error, StartError::TlsPair), "{error}");
}
