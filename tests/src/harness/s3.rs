//! S3: an in-process server over a directory, or a real one that the environment names.
//!
//! `MUSEHUB_TEST_S3_ENDPOINT`, `MUSEHUB_TEST_S3_BUCKET` and `MUSEHUB_TEST_S3_REGION`, with the
//! usual `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, name a real one. Each test then has a
//! prefix of its own in the bucket.

use std::error::Error;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use tokio::runtime::Runtime;

const BUCKET: &str = "muse-test";
const REGION: &str = "us-east-1";
const ACCESS_KEY: &str = "test-access-key";
const SECRET_KEY: &str = "test-secret-key";

/// A bucket to keep blobs in.
pub struct S3Server {
    endpoint: String,
    bucket: String,
    region: String,
    prefix: String,
    credentials: [(&'static str, String); 2],
    /// The objects' directory where the server is ours.
    folder: Option<PathBuf>,
    faults: Faults,
    /// Serves for as long as it lives.
    _runtime: Option<Runtime>,
}

/// What goes wrong with a request.
#[derive(Debug, Clone, Copy)]
pub enum S3Fault {
    /// It is answered with 503.
    Refused,
    /// It is carried out, and the connection is cut instead of an answer.
    AnswerLost,
    /// It is carried out after this time.
    Slow(Duration),
    /// If it is an upload to a presigned URL, it is carried out after this time.
    SlowUpload(Duration),
}

/// What goes wrong, with how many requests between.
#[derive(Debug, Clone, Default)]
struct Faults(Arc<Mutex<Option<(S3Fault, u32)>>>, Arc<AtomicU32>);

impl Faults {
    /// What is to go wrong with the next request, which is this one.
    fn next(&self, request: &Request<Incoming>) -> Option<S3Fault> {
        let (fault, every) = (*self.0.lock().expect("no panic"))?;
        if matches!(fault, S3Fault::SlowUpload(_)) && !is_presigned_upload(request) {
            return None;
        }
        let count = self.1.fetch_add(1, Ordering::Relaxed);
        count.is_multiple_of(every).then_some(fault)
    }
}

impl S3Server {
    /// The real one where the environment names it, else one in this process that keeps its objects
    /// below `folder` and checks every signature.
    ///
    /// # Panics
    /// Where it cannot be started.
    pub fn start(folder: &Path) -> Self {
        let variable = |name: &str| std::env::var(name).ok();
        if let Some(endpoint) = variable("MUSEHUB_TEST_S3_ENDPOINT") {
            let needed = |name: &str| {
                variable(name).unwrap_or_else(|| panic!("{name} must be set with the endpoint"))
            };
            return Self {
                endpoint,
                bucket: needed("MUSEHUB_TEST_S3_BUCKET"),
                region: needed("MUSEHUB_TEST_S3_REGION"),
                prefix: format!("{}-{}", std::process::id(), random()),
                credentials: ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]
                    .map(|name| (name, needed(name))),
                folder: None,
                faults: Faults::default(),
                _runtime: None,
            };
        }
        std::fs::create_dir_all(folder.join(BUCKET)).expect("the sandbox is writable");
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime can be made");
        let faults = Faults::default();
        let address = runtime.block_on(serve(folder, faults.clone()));
        Self {
            endpoint: format!("http://{address}"),
            bucket: BUCKET.to_owned(),
            region: REGION.to_owned(),
            prefix: "blobs".to_owned(),
            credentials: [
                ("AWS_ACCESS_KEY_ID", ACCESS_KEY.to_owned()),
                ("AWS_SECRET_ACCESS_KEY", SECRET_KEY.to_owned()),
            ],
            folder: Some(folder.join(BUCKET).join("blobs")),
            faults,
            _runtime: Some(runtime),
        }
    }

    /// The blob store's URL, as `musehub` takes it.
    pub fn url(&self) -> String {
        format!(
            "s3://{}/{}?endpoint={}&region={}&path_style=true",
            self.bucket, self.prefix, self.endpoint, self.region
        )
    }

    /// Variables that a server needs beside the URL.
    pub fn environment(&self) -> &[(&'static str, String)] {
        &self.credentials
    }

    /// From now on, this goes wrong with every so many-th request; with `None`, nothing.
    pub fn fail(&self, fault: Option<(S3Fault, u32)>) {
        *self.faults.0.lock().expect("no panic") = fault;
    }

    /// Where the objects lie, where the server is ours.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }
}

async fn serve(folder: &Path, faults: Faults) -> SocketAddr {
    let files = s3s_fs::FileSystem::new(folder).expect("the folder exists");
    let mut builder = S3ServiceBuilder::new(files);
    builder.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
    let service = builder.build();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("loopback has a free port");
    let address = listener
        .local_addr()
        .expect("a bound socket has an address");
    tokio::spawn(accept(listener, service, faults));
    address
}

async fn accept(listener: tokio::net::TcpListener, service: S3Service, faults: Faults) {
    while let Ok((socket, _)) = listener.accept().await {
        // Small answers would otherwise wait for the client's delayed acknowledgement.
        let _ = socket.set_nodelay(true);
        let (service, faults) = (service.clone(), faults.clone());
        let service = service_fn(move |request| {
            let fault = faults.next(&request);
            answer(service.clone(), fault, request)
        });
        tokio::spawn(async move {
            let builder = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
            // A client that went away is no fault of the store's.
            let _ = builder
                .serve_connection(TokioIo::new(socket), service)
                .await;
        });
    }
}

async fn answer(
    service: S3Service,
    fault: Option<S3Fault>,
    request: Request<Incoming>,
) -> Result<Response<s3s::Body>, Box<dyn Error + Send + Sync>> {
    match fault {
        Some(S3Fault::Refused) => {
            // As a server does that means to keep the connection.
            request.into_body().collect().await?;
            let mut response = Response::new(s3s::Body::empty());
            *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
            return Ok(response);
        }
        Some(S3Fault::Slow(pause) | S3Fault::SlowUpload(pause)) => {
            tokio::time::sleep(pause).await;
        }
        Some(S3Fault::AnswerLost) | None => {}
    }
    let response = service.call(request.map(s3s::Body::from)).await?;
    match fault {
        Some(S3Fault::AnswerLost) => Err("the connection is cut".into()),
        _ => Ok(response),
    }
}

fn is_presigned_upload(request: &Request<Incoming>) -> bool {
    let query = request.uri().query().unwrap_or_default();
    request.method() == Method::PUT && query.contains("X-Amz-Signature=")
}

fn random() -> u64 {
    use std::hash::{BuildHasher as _, RandomState};
    RandomState::new().hash_one(())
}
