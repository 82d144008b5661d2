//! Bodies that are read from files.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use bytes::Bytes;
use futures::{Stream, StreamExt as _, stream};
use tokio::task::spawn_blocking;

/// Bytes of a file that are read at a time.
const PIECE_BYTES: u64 = 1024 * 1024;
/// Pieces that are read ahead of the client.
const PIECES_AHEAD: usize = 2;

/// The bytes of a range of a file, in large pieces that are read ahead on threads that may block.
/// `tokio::fs` reads no piece before the last one was sent.
pub(crate) fn file_pieces(
    file: File,
    range: Range<u64>,
) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
    let file = Arc::new(file);
    let starts = (range.start..range.end).step_by(PIECE_BYTES as usize);
    let pieces = stream::iter(starts).map(move |start| {
        let (file, end) = (Arc::clone(&file), range.end.min(start + PIECE_BYTES));
        let read = spawn_blocking(move || {
            let mut piece = vec![0; (end - start) as usize];
            file.read_exact_at(&mut piece, start)?;
            Ok(Bytes::from(piece))
        });
        async { read.await.map_err(io::Error::other)? }
    });
    pieces.buffered(PIECES_AHEAD)
}

#[cfg(test)]
mod tests {
    use futures::TryStreamExt as _;

    use super::*;

    #[tokio::test]
    async fn pieces_of_a_file_come_in_order() {
        let contents: Vec<u8> = (0..3_000_000_u32).map(|i| (i / 11) as u8).collect();
        let path = tempfile::NamedTempFile::new().expect("a temporary file");
        std::fs::write(path.path(), &contents).expect("write");
        for range in [0..3_000_000_u64, 5..5, 1_048_575..1_048_577] {
            let file = File::open(path.path()).expect("open");
            let pieces: Vec<_> = file_pieces(file, range.clone())
                .try_collect()
                .await
                .expect("read");
            assert_eq!(
                pieces.concat(),
                contents[range.start as usize..range.end as usize]
            );
        }
    }
}
