//! What happens around handlers, over real connections.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use futures::stream;
use hyper::{Method, StatusCode};
use muse_wire::problem::Problem;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::response::{Response, bytes, streamed};
use super::{HttpOptions, RouteTable, TrustedProxies, handler, serve};

const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(50);

/// A server with a few routes.
struct TestServer {
    address: SocketAddr,
    stopping: CancellationToken,
    serving: JoinHandle<()>,
}

fn options() -> HttpOptions {
    HttpOptions {
        max_connections: 16,
        header_timeout: LONG,
        body_idle_timeout: LONG,
        spool_directory: std::env::temp_dir().into(),
        write_idle_timeout: LONG,
        drain_timeout: LONG,
        certificate: None,
        trusted_proxies: TrustedProxies::new(&[]),
    }
}

impl TestServer {
    async fn start(options: HttpOptions) -> Self {
        let text = |text: String| Ok(bytes(StatusCode::OK, "text/plain", text.into_bytes()));
        let mut routes = RouteTable::default();
        let hello = handler(move |_| Box::pin(async move { text("hello".to_owned()) }));
        let length = handler(move |request| {
            Box::pin(async move {
                let body: Vec<u32> = request.decode().await?;
                text(body.len().to_string())
            })
        });
        let endless = handler(|_| {
            Box::pin(async {
                let piece = || Ok(Bytes::from_static(&[b'x'; 1 << 16]));
                Ok(Response::new(streamed(stream::repeat_with(piece))))
            })
        });
        let panics = handler(|_| Box::pin(async { panic!("as the test wants") }));
        routes.add("/hello", vec![(Method::GET, hello), (Method::PUT, length)]);
        routes.add("/endless", vec![(Method::GET, endless)]);
        routes.add("/panics", vec![(Method::GET, panics)]);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let stopping = CancellationToken::new();
        let serving = tokio::spawn(serve(listener, routes, options, stopping.clone()));
        Self {
            address,
            stopping,
            serving,
        }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address)
            .await
            .expect("a connection")
    }

    /// Sends a request on a connection of its own, which is closed after the answer.
    async fn send(&self, request: &str) -> Answer {
        let mut stream = self.connect().await;
        let request = request.replacen("\r\n", "\r\nhost: x\r\nconnection: close\r\n", 1);
        stream.write_all(request.as_bytes()).await.expect("sent");
        Answer::read(&mut stream).await
    }
}

/// Everything that came until the connection was closed.
struct Answer {
    head: String,
    body: String,
}

impl Answer {
    async fn read(stream: &mut TcpStream) -> Self {
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("an answer");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a whole head");
        Self {
            head: head.to_lowercase(),
            body: body.to_owned(),
        }
    }

    fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value)
    }

    /// The code of the problem document that this is.
    fn problem(&self) -> String {
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json")
        );
        let problem: Problem = serde_json::from_str(&self.body).expect("a problem document");
        let status = format!("http/1.1 {} ", problem.status);
        assert!(self.head.starts_with(&status), "{}", self.head);
        problem.code
    }
}

#[tokio::test]
async fn a_panic_is_answered_and_leaves_the_server_up() {
    let server = TestServer::start(options()).await;
    let answer = server.send("GET /panics HTTP/1.1\r\n\r\n").await;
    assert_eq!(answer.problem(), "internal");
    assert!(!answer.body.contains("as the test wants"));
    assert!(answer.header("x-request-id").is_some());
    let answer = server.send("GET /hello HTTP/1.1\r\n\r\n").await;
    assert_eq!(answer.body, "hello");
}

#[tokio::test]
async fn every_answer_has_an_id_that_the_server_made() {
    let server = TestServer::start(options()).await;
    let mut ids = Vec::new();
    for path in ["/hello", "/hello", "/missing", "/panics"] {
        let request = format!("GET {path} HTTP/1.1\r\nx-request-id: forged\r\n\r\n");
        let answer = server.send(&request).await;
        ids.push(answer.header("x-request-id").expect("an id").to_owned());
    }
    assert!(ids.iter().all(|id| id.len() == 32), "{ids:?}");
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 4);
}

#[tokio::test]
async fn a_trusted_proxy_gives_requests_their_ids() {
    let here = "127.0.0.1".parse().expect("an address");
    let server = TestServer::start(HttpOptions {
        trusted_proxies: TrustedProxies::new(&[here]),
        ..options()
    })
    .await;
    let answered = async |id: &str| {
        let request = format!("GET /hello HTTP/1.1\r\nx-request-id: {id}\r\n\r\n");
        let answer = server.send(&request).await;
        answer.header("x-request-id").expect("an id").to_owned()
    };
    assert_eq!(answered("0af7651916cd43dd").await, "0af7651916cd43dd");
    for other in ["short", "with space in it", "evil\tindeed", &"x".repeat(65)] {
        assert_eq!(answered(other).await.len(), 32, "{other}");
    }
}

#[tokio::test]
async fn unknown_paths_and_methods_are_problems() {
    let server = TestServer::start(options()).await;
    let answer = server.send("GET /missing HTTP/1.1\r\n\r\n").await;
    assert_eq!(answer.problem(), "not_found");
    let answer = server.send("DELETE /hello HTTP/1.1\r\n\r\n").await;
    assert_eq!(answer.problem(), "method_not_allowed");
    assert_eq!(answer.header("allow"), Some("get, put"));
    let answer = server.send("HEAD /hello HTTP/1.1\r\n\r\n").await;
    assert_eq!(answer.header("content-length"), Some("5"));
    assert_eq!(answer.body, "");
}

#[tokio::test]
async fn a_refused_body_is_read_on_so_that_the_client_sees_why() {
    let server = TestServer::start(options()).await;
    let body = "x".repeat(8 << 20);
    let length = body.len();
    let request = format!("PUT /hello HTTP/1.1\r\ncontent-length: {length}\r\n\r\n{body}");
    assert_eq!(server.send(&request).await.problem(), "body_too_large");
}

#[tokio::test]
async fn a_client_that_asks_first_is_refused_before_it_sends() {
    let server = TestServer::start(options()).await;
    let announced = "PUT /hello HTTP/1.1\r\nexpect: 100-continue\r\ncontent-length: ";
    let refused = server.send(&format!("{announced}8000000\r\n\r\n")).await;
    assert_eq!(refused.problem(), "body_too_large");

    let mut stream = server.connect().await;
    let small = announced.replacen("\r\n", "\r\nhost: x\r\nconnection: close\r\n", 1);
    let small = format!("{small}1\r\n\r\n");
    stream.write_all(small.as_bytes()).await.expect("sent");
    let mut interim = [0; 25];
    stream.read_exact(&mut interim).await.expect("an answer");
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(&[0x90]).await.expect("sent");
    assert_eq!(Answer::read(&mut stream).await.body, "0");
}

#[tokio::test]
async fn a_body_that_stalls_or_is_cut_is_refused() {
    let server = TestServer::start(HttpOptions {
        body_idle_timeout: SHORT,
        ..options()
    })
    .await;
    let answer = server
        .send("PUT /hello HTTP/1.1\r\ncontent-length: 10\r\n\r\nab")
        .await;
    assert_eq!(answer.problem(), "bad_request");
    assert!(answer.body.contains("in time"), "{}", answer.body);

    let mut stream = server.connect().await;
    let request = "PUT /hello HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nab";
    stream.write_all(request.as_bytes()).await.expect("sent");
    stream.shutdown().await.expect("closed");
    let answer = Answer::read(&mut stream).await;
    assert!(answer.body.contains("cut short"), "{}", answer.body);
}

#[tokio::test]
async fn a_body_that_trickles_is_refused() {
    let server = TestServer::start(HttpOptions {
        body_idle_timeout: SHORT * 4,
        ..options()
    })
    .await;
    let mut stream = server.connect().await;
    let request =
        "PUT /hello HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 99999\r\n\r\n";
    stream.write_all(request.as_bytes()).await.expect("sent");
    let (mut from_server, mut to_server) = stream.into_split();
    // Never a pause that is too long; the end comes when the server closes the connection.
    let trickle = async {
        while to_server.write_all(b"x").await.is_ok() {
            sleep(SHORT / 5).await;
        }
    };
    let mut answer = String::new();
    tokio::select! {
        () = trickle => panic!("cut without an answer"),
        read = timeout(LONG, from_server.read_to_string(&mut answer)) => {
            read.expect("the body is taken for ever").expect("an answer");
        }
    }
    assert!(answer.contains("in time"), "{answer}");
}

/// Whoever is in front of the server may take the one for the end of the request, and the server
/// the other: then what follows is nobody's request, and must not be answered.
#[tokio::test]
async fn a_request_with_two_lengths_is_the_last_of_its_connection() {
    let server = TestServer::start(options()).await;
    let (length, chunked) = ("content-length: 38\r\n", "transfer-encoding: chunked\r\n");
    for lengths in [[length, chunked], [chunked, length]] {
        let mut stream = server.connect().await;
        let lengths = lengths.concat();
        let first =
            format!("PUT /hello HTTP/1.1\r\nhost: x\r\n{lengths}\r\n1\r\n\u{10}\r\n0\r\n\r\n");
        let second = "GET /hello HTTP/1.1\r\nhost: x\r\n\r\n";
        let both = format!("{first}{second}");
        stream.write_all(both.as_bytes()).await.expect("sent");
        let answer = timeout(LONG, Answer::read(&mut stream)).await;
        let answer = answer.expect("the connection stays open");
        assert_eq!(
            answer.header("connection"),
            Some("close"),
            "{}",
            answer.head
        );
        assert!(!answer.body.contains("HTTP/1.1"), "{}", answer.body);
    }
}

#[tokio::test]
async fn a_client_that_stops_reading_is_cut() {
    let server = TestServer::start(HttpOptions {
        max_connections: 1,
        write_idle_timeout: SHORT,
        ..options()
    })
    .await;
    let mut lazy = server.connect().await;
    let request = "GET /endless HTTP/1.1\r\nhost: x\r\n\r\n";
    lazy.write_all(request.as_bytes()).await.expect("sent");
    // Its place is free again once the buffers on the way are full and the time is over.
    let next = timeout(LONG, server.send("GET /hello HTTP/1.1\r\n\r\n")).await;
    assert_eq!(next.expect("its place stays taken").body, "hello");
    drop(lazy);
}

#[tokio::test]
async fn headers_that_do_not_come_end_the_connection() {
    let server = TestServer::start(HttpOptions {
        header_timeout: SHORT,
        ..options()
    })
    .await;
    let mut stream = server.connect().await;
    stream.write_all(b"GET /hel").await.expect("sent");
    let mut rest = Vec::new();
    let read = timeout(LONG, stream.read_to_end(&mut rest)).await;
    assert!(read.is_ok(), "the connection stays open");
}

#[tokio::test]
async fn connections_beyond_the_bound_wait() {
    let server = TestServer::start(HttpOptions {
        max_connections: 1,
        ..options()
    })
    .await;
    let first = server.connect().await;
    let second = server.send("GET /hello HTTP/1.1\r\n\r\n");
    let mut second = std::pin::pin!(second);
    assert!(timeout(SHORT, &mut second).await.is_err());
    drop(first);
    assert_eq!(second.await.body, "hello");
}

#[tokio::test]
async fn a_stopping_server_cuts_what_does_not_end_in_time() {
    let server = TestServer::start(HttpOptions {
        drain_timeout: SHORT,
        ..options()
    })
    .await;
    let mut stream = server.connect().await;
    let request = "PUT /hello HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nab";
    stream.write_all(request.as_bytes()).await.expect("sent");
    // The answer to another request shows that the first one was accepted.
    server.send("GET /hello HTTP/1.1\r\n\r\n").await;
    server.stopping.cancel();
    let ended = timeout(LONG, server.serving).await;
    ended.expect("it stops").expect("without a panic");
    let mut rest = Vec::new();
    let read = timeout(LONG, stream.read_to_end(&mut rest)).await;
    assert!(read.is_ok(), "the connection stays open");
}
