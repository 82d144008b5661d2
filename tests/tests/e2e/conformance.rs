//! The blob stores' conformance suite on S3; on a directory it runs beside the code.

use std::process::Command;

use muse_e2e::harness::{S3Server, Sandbox};
use muse_wire::api::push::PresignedRequest;
use musehub::blobs::{self, UrlSigner};

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime can be made")
}

/// Names the blob store in the process that runs [`blobs_from_the_environment`].
const BLOBS_VARIABLE: &str = "MUSE_E2E_BLOBS";

/// The S3 client takes its keys from the environment, which a running program must not change, so
/// the suite runs in a process of its own.
#[test]
fn blobs_on_s3() {
    let sandbox = Sandbox::new();
    let s3 = S3Server::start(&sandbox.path("s3"));
    let mut command = Command::new(std::env::current_exe().expect("a running program has a path"));
    command
        .args([
            "--ignored",
            "--exact",
            "conformance::blobs_from_the_environment",
        ])
        .env(BLOBS_VARIABLE, s3.url())
        .envs(s3.environment().iter().map(|(name, value)| (name, value)));
    let output = command.output().expect("the tests can be started again");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{said}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(said.contains("1 passed"), "{said}");
}

#[test]
#[ignore = "started by `blobs_on_s3`, with a blob store in its environment"]
fn blobs_from_the_environment() {
    let url = std::env::var(BLOBS_VARIABLE).expect("the blob store is named");
    let sandbox = Sandbox::new();
    runtime().block_on(async {
        let signer = UrlSigner::new(b"a secret", None);
        let opened = blobs::open(&url, signer, &sandbox.path("staging"), None);
        let blobs = opened.expect("the store opens").store;
        musehub::blobs::conformance::run(&blobs).await;
        let client = reqwest::Client::new();
        let send = async |request: &PresignedRequest, body: Vec<u8>, range: Option<&str>| {
            let method = request.method.parse().expect("a known method");
            let mut http = client.request(method, &request.url).body(body);
            for (name, value) in &request.headers {
                http = http.header(name, value);
            }
            if let Some(range) = range {
                http = http.header("range", range);
            }
            let answer = http.send().await.expect("the store answers");
            let status = answer.status().as_u16();
            let body = answer.bytes().await.expect("the answer is whole");
            (status, body.to_vec())
        };
        musehub::blobs::conformance::run_presigned(&blobs, send).await;
    });
}
