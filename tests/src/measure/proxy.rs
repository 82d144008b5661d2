//! A TCP proxy on loopback that counts what passes, in both directions.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

const BUFFER_BYTES: usize = 256 * 1024;

/// Forwards every connection to one address and counts the bytes.
pub struct CountingProxy {
    address: SocketAddr,
    counters: Arc<Counters>,
    /// Forwards for as long as it lives.
    _runtime: Runtime,
}

#[derive(Default)]
struct Counters {
    sent: AtomicU64,
    received: AtomicU64,
}

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
        self.counters.sent.load(Ordering::Relaxed)
    }

    /// Bytes from the target to clients so far.
    pub fn received_bytes(&self) -> u64 {
        self.counters.received.load(Ordering::Relaxed)
    }

    /// Bytes in both directions so far.
    pub fn total_bytes(&self) -> u64 {
        self.sent_bytes() + self.received_bytes()
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
            tokio::join!(
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
    counter: &AtomicU64,
) {
    let mut buffer = vec![0; BUFFER_BYTES];
    while let Ok(read) = source.read(&mut buffer).await
        && read > 0
    {
        counter.fetch_add(read as u64, Ordering::Relaxed);
        if sink.write_all(&buffer[..read]).await.is_err() {
            break;
        }
    }
    let _ = sink.shutdown().await;
}
