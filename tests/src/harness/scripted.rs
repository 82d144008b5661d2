//! A server that a test plays itself: every request goes to a function, and is kept.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

use muse_wire::api::MSGPACK_MEDIA_TYPE;
use muse_wire::problem::{PROBLEM_MEDIA_TYPE, Problem};
use serde::Serialize;

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Request {
    /// The method and the path with its query: `GET /ada/repo/refs`.
    pub line: String,
    /// All of the head, in lower case.
    pub head: String,
    /// The body.
    pub body: Vec<u8>,
}

/// What is sent back.
#[derive(Debug, Clone)]
pub struct Reply {
    /// Code and reason: `200 OK`.
    pub status: String,
    /// Headers but the length, each as `name: value`.
    pub headers: Vec<String>,
    /// The body.
    pub body: Vec<u8>,
}

impl Reply {
    /// A reply without a body.
    pub fn empty(status: &str) -> Self {
        Self {
            status: status.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// A control body.
    ///
    /// # Panics
    /// Where it does not encode.
    pub fn control(body: &impl Serialize) -> Self {
        Self {
            status: "200 OK".to_owned(),
            headers: vec![format!("content-type: {MSGPACK_MEDIA_TYPE}")],
            body: rmp_serde::to_vec_named(body).expect("API bodies encode"),
        }
    }

    /// A problem document with its own status.
    ///
    /// # Panics
    /// Where it does not encode.
    pub fn problem(problem: &Problem) -> Self {
        Self {
            status: format!("{} Problem", problem.status),
            headers: vec![format!("content-type: {PROBLEM_MEDIA_TYPE}")],
            body: serde_json::to_vec(problem).expect("a problem encodes"),
        }
    }

    /// Adds a header, as `name: value`.
    #[must_use]
    pub fn with_header(mut self, header: impl Into<String>) -> Self {
        self.headers.push(header.into());
        self
    }
}

/// Answers every request by a function, for as long as the process lives.
pub struct ScriptedServer {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl ScriptedServer {
    /// Starts it. A reply of `None` leaves the connection open and silent.
    ///
    /// # Panics
    /// Where loopback has no free port.
    pub fn start(answer: impl Fn(&Request) -> Option<Reply> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let address = listener
            .local_addr()
            .expect("a bound socket has an address");
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (seen, answer) = (Arc::clone(&requests), Arc::new(answer));
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let (seen, answer) = (Arc::clone(&seen), Arc::clone(&answer));
                // A client that hangs up is its own business.
                std::thread::spawn(move || serve(&connection, &seen, &*answer).ok());
            }
        });
        Self { address, requests }
    }

    /// `http://HOST:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The requests so far.
    pub fn requests(&self) -> Vec<Request> {
        let requests = self.requests.lock();
        requests.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn serve(
    connection: &TcpStream,
    seen: &Mutex<Vec<Request>>,
    answer: &(dyn Fn(&Request) -> Option<Reply> + Send + Sync),
) -> std::io::Result<()> {
    let mut reader = BufReader::new(connection.try_clone()?);
    let mut writer = connection;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let mut head = line.to_ascii_lowercase();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head)? == 0 {
                return Ok(());
            }
        }
        head.make_ascii_lowercase();
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "));
        let mut body = vec![0; length.and_then(|length| length.parse().ok()).unwrap_or(0)];
        reader.read_exact(&mut body)?;
        let line = line.trim_end().trim_end_matches(" HTTP/1.1").to_owned();
        let request = Request { line, head, body };
        seen.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(request.clone());
        let Some(reply) = answer(&request) else {
            // Silent until the client hangs up.
            while reader.read(&mut [0; 1024])? > 0 {}
            return Ok(());
        };
        let mut head = format!(
            "HTTP/1.1 {}\r\ncontent-length: {}\r\n",
            reply.status,
            reply.body.len()
        );
        for header in &reply.headers {
            head.push_str(header);
            head.push_str("\r\n");
        }
        head.push_str("\r\n");
        writer.write_all(head.as_bytes())?;
        writer.write_all(&reply.body)?;
    }
}
