//! Requests and presigned transfers against a stub server with canned answers.

use std::collections::BTreeMap;
use std::fmt::Arguments;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::Duration;

use muse_wire::api::push::{
    Force, PresignRequest, PresignedRequest, RefUpdate, STREAM_CONTROL_TAG, StreamControl,
    StreamedMpack,
};
use muse_wire::id::MpackKey;
use muse_wire::mpack::Counts;
use muse_wire::name::RefName;
use muse_wire::problem::{Problem, ProblemCode};

use super::timeouts::Timeouts;
use super::{Client, FileRange, RemoteUrl, Server, TransportError};
use crate::report::{Phase, Reporter, Silent, Unit};
use crate::secret::Secret;

/// One request as it came: head and body.
struct Seen {
    head: String,
    body: Vec<u8>,
}

/// Answers one connection after the other with canned answers.
struct Stub {
    url: RemoteUrl,
    seen: mpsc::Receiver<Seen>,
}

impl Stub {
    fn new(answers: Vec<Vec<u8>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("bound");
        let (sender, seen) = mpsc::channel();
        thread::spawn(move || {
            for answer in answers {
                let (mut stream, _) = listener.accept().expect("a connection");
                let mut reader = BufReader::new(stream.try_clone().expect("a handle"));
                let mut head = String::new();
                while !head.ends_with("\r\n\r\n") {
                    assert_ne!(reader.read_line(&mut head).expect("readable"), 0);
                }
                let head = head.to_ascii_lowercase();
                let length = head
                    .lines()
                    .find_map(|line| line.strip_prefix("content-length: "));
                let length = length.map_or(0, |length| length.parse().expect("a number"));
                let mut body = vec![0; length];
                reader.read_exact(&mut body).expect("a whole body");
                stream.write_all(&answer).expect("writable");
                // The test may have seen enough.
                let _ = sender.send(Seen { head, body });
            }
        });
        Self {
            url: RemoteUrl::parse(&format!("http://{address}/ada/engine")).expect("valid"),
            seen,
        }
    }

    fn client(&self) -> Client<'static> {
        let token = Some(Secret::new("hunter2"));
        Client::new(self.url.clone(), token, &Silent).expect("set up")
    }

    fn seen(&self) -> Seen {
        self.seen.recv().expect("a request")
    }
}

fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let mut answer = format!(
        "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n",
        body.len()
    )
    .into_bytes();
    answer.extend_from_slice(body);
    answer
}

/// What a local file lacks of a file of ten bytes.
fn rest_of(part: &Path) -> FileRange<'_> {
    let mut options = File::options();
    let file = options.create(true).append(true).open(part);
    let file = file.expect("a file of ours");
    FileRange {
        bytes: file.metadata().expect("open").len()..10,
        file,
        path: part,
        is_part: false,
        file_bytes: 10,
        written: &|_| (),
    }
}

fn get(url: &str) -> PresignedRequest {
    PresignedRequest {
        method: "GET".into(),
        url: url.into(),
        headers: BTreeMap::from([("x-signed".into(), "yes".into())]),
        expires_at: 0,
    }
}

#[tokio::test]
async fn a_problem_keeps_its_code_and_the_token_its_place() {
    let problem = Problem::new(ProblemCode::StaleRef, "main moved");
    let body = serde_json::to_vec(&problem).expect("encodes");
    let headers = "content-type: application/problem+json\r\n";
    let stub = Stub::new(vec![answer("409 Conflict", headers, &body)]);
    let error = stub.client().refs().await.expect_err("a problem");
    assert_eq!(error.code(), Some(ProblemCode::StaleRef));
    let head = stub.seen().head;
    assert!(head.starts_with("get /ada/engine/refs "), "{head}");
    assert!(head.contains("authorization: bearer hunter2"), "{head}");
    assert!(head.contains("user-agent: muse/"), "{head}");
}

#[tokio::test]
async fn what_is_not_the_protocol_is_named_and_redirects_are_not_followed() {
    let page = answer("403 Forbidden", "content-type: text/html\r\n", b"<html>");
    let error = Stub::new(vec![page]).client().refs().await;
    let error = error.expect_err("a page").to_string();
    assert!(error.ends_with("answered 403 Forbidden with text/html, not with the Muse protocol"));

    let moved = answer("302 Found", "location: http://elsewhere.example/\r\n", b"");
    let error = Stub::new(vec![moved]).client().refs().await;
    assert!(
        matches!(error, Err(TransportError::Redirected { location, .. })
        if location == "http://elsewhere.example/")
    );

    let endless = answer(
        "200 OK",
        "content-type: application/msgpack\r\n",
        &vec![0; 5 << 20],
    );
    let error = Stub::new(vec![endless]).client().refs().await;
    assert!(matches!(error, Err(TransportError::BadAnswer { .. })));
}

#[tokio::test]
async fn a_passing_failure_is_tried_again() {
    let body = rmp_serde::to_vec_named(&BTreeMap::from([("user", "ada"), ("scope", "read")]));
    let body = body.expect("encodes");
    let stub = Stub::new(vec![
        answer(
            "503 Service Unavailable",
            "content-type: text/html\r\n",
            b"",
        ),
        answer("200 OK", "content-type: application/msgpack\r\n", &body),
    ]);
    let client = stub.client();
    let who = client.server().whoami().await.expect("the second answer");
    assert_eq!((who.user.as_str(), who.scope.as_str()), ("ada", "read"));
}

#[tokio::test]
async fn a_busy_server_is_asked_again_when_it_says_so() {
    let problem = Problem::new(ProblemCode::TooManyRequests, "too many");
    let busy = serde_json::to_vec(&problem).expect("encodes");
    let headers = "content-type: application/problem+json\r\nretry-after: 0\r\n";
    let stub = Stub::new(vec![
        answer("429 Too Many Requests", headers, &busy),
        answer(
            "403 Forbidden",
            "content-type: application/problem+json\r\n",
            &serde_json::to_vec(&Problem::new(ProblemCode::Forbidden, "no")).expect("encodes"),
        ),
    ]);
    let error = stub.client().refs().await.expect_err("the second answer");
    assert_eq!(error.code(), Some(ProblemCode::Forbidden));
}

#[tokio::test]
async fn a_stream_is_the_control_frame_and_then_the_file() {
    let problem = serde_json::to_vec(&Problem::new(ProblemCode::Forbidden, "no")).expect("encodes");
    let headers = "content-type: application/problem+json\r\n";
    let stub = Stub::new(vec![answer("403 Forbidden", headers, &problem)]);
    let control = StreamControl {
        updates: vec![RefUpdate {
            name: RefName::branch("main").expect("valid"),
            old: None,
            new: None,
            force: Force::No,
            delete_default_branch: false,
        }],
        mpack: Some(StreamedMpack {
            mpack_key: MpackKey::from_bytes([1; 32]),
            size_bytes: 9,
        }),
    };
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(b"the mpack").expect("written");
    let pushed = stub
        .client()
        .push_stream(&control, Some(file.path()), &Silent)
        .await;
    assert_eq!(
        pushed.expect_err("refused").code(),
        Some(ProblemCode::Forbidden)
    );
    let body = stub.seen().body;
    let (head, rest) = body.split_at(9);
    assert_eq!(head[0], STREAM_CONTROL_TAG);
    let length = u64::from_le_bytes(head[1..].try_into().expect("eight bytes"));
    let (payload, mpack) = rest.split_at(usize::try_from(length).expect("small"));
    let sent: StreamControl = rmp_serde::from_slice(payload).expect("decodes");
    assert_eq!((sent, mpack), (control, b"the mpack".as_slice()));
}

#[tokio::test]
async fn a_download_goes_on_where_it_was_cut_and_tells_no_token() {
    let directory = tempfile::tempdir().expect("temporary directory");
    let part = directory.path().join("x.part");
    std::fs::write(&part, b"01234").expect("written");
    // Announces ten bytes, sends three: the connection is cut there.
    let mut cut = answer(
        "206 Partial Content",
        "content-range: bytes 5-9/10\r\n",
        b"56789",
    );
    cut.truncate(cut.len() - 2);
    let rest = answer(
        "206 Partial Content",
        "content-range: bytes 8-9/10\r\n",
        b"89",
    );
    let stub = Stub::new(vec![cut, rest]);
    let storage = stub.client().server().storage();
    let request = get("/blobs/x?s=1");
    let downloaded = storage.download(&request, rest_of(&part), &Silent).await;
    downloaded.expect("whole at last");
    assert_eq!(std::fs::read(&part).expect("there"), b"0123456789");
    let (first, second) = (stub.seen().head, stub.seen().head);
    assert!(first.starts_with("get /blobs/x?s=1 "), "{first}");
    assert!(first.contains("range: bytes=5-"), "{first}");
    assert!(first.contains("x-signed: yes"), "{first}");
    assert!(second.contains("range: bytes=8-"), "{second}");
    assert!(!first.contains("hunter2") && !second.contains("hunter2"));
}

#[tokio::test]
async fn a_download_is_never_longer_than_announced() {
    let directory = tempfile::tempdir().expect("temporary directory");
    let part = directory.path().join("x.part");
    std::fs::write(&part, b"older").expect("written");
    let stub = Stub::new(vec![
        answer("200 OK", "", b"0123456789"),
        answer("200 OK", "", b"0123456789+"),
    ]);
    let storage = stub.client().server().storage();
    let request = get("/blobs/x");
    let first = storage.download(&request, rest_of(&part), &Silent).await;
    first.expect("started anew");
    assert_eq!(std::fs::read(&part).expect("there"), b"0123456789");
    std::fs::remove_file(&part).expect("removed");
    let second = storage.download(&request, rest_of(&part), &Silent).await;
    assert!(matches!(second, Err(TransportError::BadAnswer { .. })));
}

#[tokio::test]
async fn a_part_of_a_file_is_all_that_is_asked_for() {
    let directory = tempfile::tempdir().expect("temporary directory");
    let part = directory.path().join("x.part");
    let told = Mutex::new(Vec::new());
    let tell = |bytes| told.lock().expect("no panic").push(bytes);
    let range = |bytes, is_part| FileRange {
        bytes,
        is_part,
        written: &tell,
        ..rest_of(&part)
    };
    let partial = |range: &str, bytes: &[u8]| {
        let range = format!("content-range: bytes {range}/10\r\n");
        answer("206 Partial Content", &range, bytes)
    };
    let stub = Stub::new(vec![
        partial("0-3", b"0123"),
        answer("200 OK", "", b"0123456789"),
        answer("200 OK", "", b"0123456789"),
    ]);
    let (storage, request) = (stub.client().server().storage(), get("/blobs/x"));
    let first = storage
        .download(&request, range(0..4, false), &Silent)
        .await;
    first.expect("given");
    assert_eq!(std::fs::read(&part).expect("there"), b"0123");
    assert!(stub.seen().head.contains("range: bytes=0-3\r"));
    // Storage that gives no parts gives all of it, unless that is of no use.
    let refused = storage.download(&request, range(4..6, true), &Silent).await;
    assert!(matches!(refused, Err(TransportError::BadAnswer { .. })));
    let whole = storage
        .download(&request, range(4..6, false), &Silent)
        .await;
    whole.expect("started anew");
    assert_eq!(std::fs::read(&part).expect("there"), b"0123456789");
    assert_eq!(*told.lock().expect("no panic"), [4, 0, 10]);
}

#[tokio::test]
async fn a_refused_upload_names_the_stores_reason() {
    let refused = answer(
        "400 Bad Request",
        "content-type: application/xml\r\n",
        b"<Error><Code>BadDigest</Code></Error>",
    );
    let stub = Stub::new(vec![refused]);
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(b"bytes").expect("written");
    let put = PresignedRequest {
        method: "PUT".into(),
        ..get("/blobs/x")
    };
    let storage = stub.client().server().storage();
    let error = storage.upload(&put, file.path(), 0..5, &Silent).await;
    let error = error.expect_err("refused").to_string();
    assert!(error.ends_with("400 Bad Request (BadDigest)"), "{error}");
    let seen = stub.seen();
    assert!(seen.head.contains("content-length: 5") && !seen.head.contains("hunter2"));
    assert_eq!(seen.body, b"bytes");
    let wrong_method = storage
        .upload(&get("/blobs/x"), file.path(), 0..5, &Silent)
        .await;
    assert!(matches!(
        wrong_method,
        Err(TransportError::BadAnswer { .. })
    ));
}

/// Keeps what was told.
#[derive(Default)]
struct Told(Mutex<Vec<String>>);

impl Reporter for Told {
    fn phase(&self, label: &str, total: Option<u64>, unit: Unit) -> Box<dyn Phase> {
        let mut told = self.0.lock().expect("no panic");
        told.push(format!("phase: {label}"));
        Silent.phase(label, total, unit)
    }

    fn note(&self, _text: Arguments<'_>) {}

    fn step(&self, text: Arguments<'_>) {
        self.0.lock().expect("no panic").push(text.to_string());
    }

    fn warn(&self, _text: Arguments<'_>) {}
}

/// A client that does not wait long.
fn impatient<'a>(url: &RemoteUrl, reporter: &'a dyn Reporter) -> Client<'a> {
    let timeouts = Timeouts {
        answer: Duration::from_millis(200),
        work: Duration::from_millis(300),
        idle: Duration::from_millis(200),
        notice: Duration::from_millis(50),
        ..Timeouts::default()
    };
    let server = Server::with_timeouts(url.server().clone(), None, reporter, timeouts);
    Client::with_server(url.clone(), server.expect("set up"))
}

/// A server that accepts connections, and after `delay` answers each with `answer`.
fn late(delay: Duration, answer: Vec<u8>) -> RemoteUrl {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound");
    thread::spawn(move || {
        for mut connection in listener.incoming().flatten() {
            let answer = answer.clone();
            thread::spawn(move || {
                thread::sleep(delay);
                let mut request = [0; 4096];
                let _ = connection.read(&mut request);
                // The client may have gone by now.
                let _ = connection.write_all(&answer);
            });
        }
    });
    RemoteUrl::parse(&format!("http://{address}/ada/engine")).expect("valid")
}

const NEVER: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn a_silent_server_is_named_and_then_given_up() {
    let (told, url) = (Told::default(), late(NEVER, Vec::new()));
    let request = PresignRequest {
        mpack_key: MpackKey::from_bytes([1; 32]),
        size_bytes: 1,
        counts: Counts::default(),
        updates: Vec::new(),
        parts: Vec::new(),
    };
    let asked = impatient(&url, &told).presign(&request).await;
    let timed_out = |error: &TransportError| matches!(error, TransportError::TimedOut { .. });
    assert!(asked.is_err_and(|error| timed_out(&error)));
    let host = url.server().host();
    let expected = [
        format!("waiting for {host} …"),
        format!("phase: waiting for {host}"),
    ];
    assert_eq!(*told.0.lock().expect("no panic"), expected);

    let control = StreamControl {
        updates: Vec::new(),
        mpack: None,
    };
    let client = impatient(&url, &told);
    let pushed = client.push_stream(&control, None, &Silent).await;
    assert!(pushed.is_err_and(|error| timed_out(&error)));
    assert_eq!(told.0.lock().expect("no panic").len(), 4);
}

#[tokio::test]
async fn an_answer_that_drips_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound");
    thread::spawn(move || {
        let (mut connection, _) = listener.accept().expect("a connection");
        let mut request = [0; 4096];
        let _ = connection.read(&mut request).expect("a request");
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/msgpack\r\n\
                    content-length: 1000\r\n\r\n";
        let mut sent = connection.write_all(head.as_bytes());
        // Until the client has gone.
        while sent.is_ok() {
            thread::sleep(Duration::from_millis(20));
            sent = connection.write_all(&[0]);
        }
    });
    let url = RemoteUrl::parse(&format!("http://{address}/ada/engine")).expect("valid");
    let request = PresignRequest {
        mpack_key: MpackKey::from_bytes([1; 32]),
        size_bytes: 1,
        counts: Counts::default(),
        updates: Vec::new(),
        parts: Vec::new(),
    };
    let asked = impatient(&url, &Silent).presign(&request).await;
    let error = asked.expect_err("a thousand bytes take 20 seconds");
    assert!(matches!(error, TransportError::TooSlow { .. }), "{error:?}");
    assert!(error.is_network_failure());
    let said = format!("{address} did not send all of its answer within 0 seconds");
    assert_eq!(error.to_string(), said);
}

#[tokio::test]
async fn a_long_poll_is_waited_for_as_long_as_it_may_take() {
    let forbidden = serde_json::to_vec(&Problem::new(ProblemCode::Forbidden, "no"));
    let headers = "content-type: application/problem+json\r\n";
    let answer = answer("403 Forbidden", headers, &forbidden.expect("encodes"));
    let (told, url) = (Told::default(), late(Duration::from_millis(600), answer));
    let client = impatient(&url, &told);
    let asked = client.job("1", Duration::from_secs(1)).await;
    let code = asked.expect_err("refused").code();
    assert_eq!(code, Some(ProblemCode::Forbidden));
    assert!(told.0.lock().expect("no panic").is_empty());
}

#[tokio::test]
async fn storage_that_redirects_is_not_followed() {
    let elsewhere = Stub::new(vec![answer("200 OK", "", b"0123456789")]);
    let location = format!("location: {}\r\n", elsewhere.url);
    let stub = Stub::new(vec![answer("307 Temporary Redirect", &location, b"")]);
    let directory = tempfile::tempdir().expect("temporary directory");
    let part = directory.path().join("x.part");
    let storage = stub.client().server().storage();
    let request = get("/blobs/x");
    let downloaded = storage.download(&request, rest_of(&part), &Silent).await;
    assert!(matches!(
        downloaded,
        Err(TransportError::StorageRefused { .. })
    ));
    assert!(elsewhere.seen.try_recv().is_err());
}

#[tokio::test]
async fn a_name_that_leads_into_a_private_network_is_not_connected_to() {
    let url = RemoteUrl::parse("https://203.0.113.7/ada/engine").expect("valid");
    let client = Client::new(url, None, &Silent).expect("set up");
    let directory = tempfile::tempdir().expect("temporary directory");
    let part = directory.path().join("x.part");
    let request = get("https://localhost:1/x");
    let storage = client.server().storage();
    let downloaded = storage.download(&request, rest_of(&part), &Silent).await;
    assert!(
        matches!(&downloaded, Err(TransportError::UnsafeStorage { host, .. })
            if host == "localhost:1"),
        "{downloaded:?}"
    );
}
