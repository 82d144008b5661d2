//! An HTTP server that always says the same, as a broken proxy does.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

/// Answers every request with one page, for as long as the process lives.
pub struct CannedServer {
    address: SocketAddr,
}

impl CannedServer {
    /// Starts it.
    ///
    /// # Panics
    /// Where loopback has no free port.
    pub fn start(status: &str, media_type: &str, page: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let address = listener
            .local_addr()
            .expect("a bound socket has an address");
        let answer = format!(
            "HTTP/1.1 {status}\r\ncontent-type: {media_type}\r\ncontent-length: {}\r\n\
             connection: close\r\n\r\n{page}",
            page.len()
        );
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                let Ok(mut connection) = connection else {
                    continue;
                };
                let answer = answer.clone();
                std::thread::spawn(move || {
                    // The head is enough; closing with unread input would reset the connection.
                    let _ = connection.set_read_timeout(Some(Duration::from_millis(200)));
                    let mut request = [0; 16 * 1024];
                    let _ = connection.read(&mut request);
                    let _ = connection.write_all(answer.as_bytes());
                    let _ = connection.shutdown(std::net::Shutdown::Write);
                    while connection.read(&mut request).is_ok_and(|read| read > 0) {}
                });
            }
        });
        Self { address }
    }

    /// `http://HOST:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}
