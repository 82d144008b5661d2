//! A TCP proxy on loopback that counts what passes, in both directions, and can fail as networks
//! do.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

const BUFFER_BYTES: usize = 256 * 1024;

/// Forwards every connection to one address, counts the bytes, and cuts all connections after so
/// many of them where that is asked for.
pub struct CountingProxy {
    address: SocketAddr,
    counters: Arc<Counters>,
    /// Forwards for as long as it lives.
    _runtime: Runtime,
}

#[derive(Default)]
struct Counters {
    sent: Direction,
    received: Direction,
}

/// What passes in one direction.
struct Direction {
    bytes: AtomicU64,
    /// How many pass before all connections are cut.
    cut_after: AtomicU64,
}

impl Default for Direction {
    fn default() -> Self {
        Self {
            bytes: AtomicU64::new(0),
            cut_after: AtomicU64::new(u64::MAX),
        }
    }
}

impl Direction {
    fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    fn is_cut(&self) -> bool {
        self.bytes() >= self.cut_after.load(Ordering::Relaxed)
    }
}

/// The network fails.
struct Cut;

impl CountingProxy {
    /// Starts a proxy before `target`, `HOST:PORT` or `http://HOST:PORT`.
    ///
    /// # Panics
    /// Where loopback has no free port.
    pub fn start(target: &str) -> Self {
        let target = target.trim_start_matches("http://").to_owned();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime can be made");
        let counters = Arc::new(Counters::default());
        let address = runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0")
                .await
                .expect("loopback has a free port");
            let address = listener
                .local_addr()
                .expect("a bound socket has an address");
            tokio::spawn(accept(listener, target, Arc::clone(&counters)));
            address
        });
        Self {
            address,
            counters,
            _runtime: runtime,
        }
    }

    /// `http://HOST:PORT` of the proxy.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Bytes from clients to the target so far.
    pub fn sent_bytes(&self) -> u64 {
        self.counters.sent.bytes()
    }

    /// Bytes from the target to clients so far.
    pub fn received_bytes(&self) -> u64 {
        self.counters.received.bytes()
    }

    /// Bytes in both directions so far.
    pub fn total_bytes(&self) -> u64 {
        self.sent_bytes() + self.received_bytes()
    }

    /// Cuts all connections when so many more bytes were sent to the target, and takes no more
    /// until [`CountingProxy::mend`].
    pub fn cut_after_sending(&self, bytes: u64) {
        let sent = &self.counters.sent;
        sent.cut_after
            .store(sent.bytes() + bytes, Ordering::Relaxed);
    }

    /// As [`CountingProxy::cut_after_sending`], of bytes that the target sends.
    pub fn cut_after_receiving(&self, bytes: u64) {
        let received = &self.counters.received;
        received
            .cut_after
            .store(received.bytes() + bytes, Ordering::Relaxed);
    }

    /// Whether connections are cut.
    pub fn is_cut(&self) -> bool {
        self.counters.sent.is_cut() || self.counters.received.is_cut()
    }

    /// Lets everything pass again.
    pub fn mend(&self) {
        for direction in [&self.counters.sent, &self.counters.received] {
            direction.cut_after.store(u64::MAX, Ordering::Relaxed);
        }
    }
}

async fn accept(listener: TcpListener, target: String, counters: Arc<Counters>) {
    while let Ok((client, _)) = listener.accept().await {
        let target = target.clone();
        let counters = Arc::clone(&counters);
        tokio::spawn(async move {
            let Ok(server) = TcpStream::connect(&target).await else {
                return;
            };
            let _ = (client.set_nodelay(true), server.set_nodelay(true));
            let (from_client, to_client) = client.into_split();
            let (from_server, to_server) = server.into_split();
            // Whichever is cut first drops both sides.
            let _ = tokio::try_join!(
                forward(from_client, to_server, &counters.sent),
                forward(from_server, to_client, &counters.received),
            );
        });
    }
}

/// Copies until the source ends or a side fails; either way the sink learns that no more comes.
async fn forward(
    mut source: impl AsyncRead + Unpin,
    mut sink: impl AsyncWrite + Unpin,
    direction: &Direction,
) -> Result<(), Cut> {
    let mut buffer = vec![0; BUFFER_BYTES];
    while let Ok(read) = source.read(&mut buffer).await
        && read > 0
    {
        if direction.is_cut() {
            return Err(Cut);
        }
        direction.bytes.fetch_add(read as u64, Ordering::Relaxed);
        if sink.write_all(&buffer[..read]).await.is_err() {
            break;
        }
    }
    let _ = sink.shutdown().await;
    Ok(())
}
