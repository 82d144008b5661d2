//! A small HTTP server before `git http-backend`, speaking CGI to it.

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::process::{ExitCode, Stdio};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncBufRead as _, AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use super::report::say;

type Body = BoxBody<Bytes, std::io::Error>;

const BUFFER_BYTES: usize = 64 * 1024;

/// Serves the repositories in `folder` until the process is killed; prints the URL first.
pub(crate) fn serve(folder: &Path) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime can be made");
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("loopback has a free port");
        let address = listener
            .local_addr()
            .expect("a bound socket has an address");
        say(&format!("http://{address}"));
        loop {
            let Ok((socket, _)) = listener.accept().await else {
                return ExitCode::FAILURE;
            };
            let _ = socket.set_nodelay(true);
            let folder = folder.to_owned();
            tokio::spawn(async move {
                let service = service_fn(move |request| answer(folder.clone(), request));
                let _ = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(socket), service)
                    .await;
            });
        }
    })
}

async fn answer(folder: PathBuf, request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
    Ok(run_backend(&folder, request).await.unwrap_or_else(|error| {
        let body = Full::new(Bytes::from(error.to_string())).map_err(|never| match never {});
        let mut response = Response::new(body.boxed());
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
    }))
}

async fn run_backend(folder: &Path, request: Request<Incoming>) -> std::io::Result<Response<Body>> {
    let mut command = Command::new("git");
    command
        .arg("http-backend")
        .env("GIT_PROJECT_ROOT", folder)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("REMOTE_ADDR", "127.0.0.1")
        .env("REMOTE_USER", "bench")
        .env("REQUEST_METHOD", request.method().as_str())
        .env("PATH_INFO", request.uri().path())
        .env("QUERY_STRING", request.uri().query().unwrap_or_default())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true);
    for (header, variable) in [
        ("content-type", "CONTENT_TYPE"),
        ("content-length", "CONTENT_LENGTH"),
        ("content-encoding", "HTTP_CONTENT_ENCODING"),
        ("git-protocol", "HTTP_GIT_PROTOCOL"),
    ] {
        if let Some(value) = request
            .headers()
            .get(header)
            .and_then(|value| value.to_str().ok())
        {
            command.env(variable, value);
        }
    }
    let mut child = command.spawn()?;
    let stdin = child.stdin.take().expect("stdin is piped");
    let stdout = child.stdout.take().expect("stdout is piped");
    tokio::spawn(feed(request.into_body(), stdin));
    let mut stdout = BufReader::with_capacity(BUFFER_BYTES, stdout);
    let mut response = Response::builder();
    loop {
        let mut line = String::new();
        stdout.read_line(&mut line).await?;
        match line.trim_end().split_once(": ") {
            None => break,
            Some(("Status", status)) => response = response.status(&status[..3]),
            Some((name, value)) => response = response.header(name, value),
        }
    }
    response
        .body(
            Output {
                stdout,
                _child: child,
            }
            .boxed(),
        )
        .map_err(std::io::Error::other)
}

/// Gives the request's body to the backend, which may end before it has read all of it.
async fn feed(mut body: Incoming, mut stdin: ChildStdin) {
    while let Some(Ok(frame)) = body.frame().await {
        if let Some(data) = frame.data_ref()
            && stdin.write_all(data).await.is_err()
        {
            return;
        }
    }
}

/// What the backend still prints. Owns the process, which is killed if nobody reads on.
struct Output {
    stdout: BufReader<ChildStdout>,
    _child: Child,
}

impl hyper::body::Body for Output {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        let read = match ready!(Pin::new(&mut self.stdout).poll_fill_buf(context)) {
            Ok([]) => return Poll::Ready(None),
            Ok(bytes) => Bytes::copy_from_slice(bytes),
            Err(error) => return Poll::Ready(Some(Err(error))),
        };
        Pin::new(&mut self.stdout).consume(read.len());
        Poll::Ready(Some(Ok(Frame::data(read))))
    }
}
