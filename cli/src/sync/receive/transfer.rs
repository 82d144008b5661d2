//! Bytes of mpacks from where they are stored into files here. Of a large one, the end comes first:
//! it says what the rest holds, which can then be read as it comes.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};

use futures::{StreamExt as _, TryStreamExt as _};
use muse_wire::api::fetch::{FetchPlan, PlannedMpack};
use muse_wire::mpack::{Mpack, TRAILER_BYTES, Trailer};

use super::downloaded::{Arriving, Downloaded, Place};
use crate::report::{Phase, Silent};
use crate::repository::PartialDownload;
use crate::sync::{Connection, FetchError};
use crate::transport::{FileRange, Storage, TransportError};

/// How many files are downloaded at the same time.
const PARALLEL_DOWNLOADS: usize = 4;

/// The fewest bytes that are worth a request more: reading them takes as long as it does.
const MIN_STREAMED_BYTES: u64 = 8 * 1024 * 1024;

/// What a commit, a snapshot and an object add to the end of an mpack, at most as a rule, and what
/// is there besides. What is guessed too small costs a request, and nothing is sent twice.
const RECORD_BYTES: u64 = 400;
const OBJECT_BYTES: u64 = 64;
const OTHER_BYTES: u64 = 64 * 1024;

/// How often more of the end is asked for: the tables' place is in the trailer, and that of the
/// records in the tables.
const MAX_END_REQUESTS: u32 = 3;

/// Whether an mpack of which so much is still to come is to be read as it comes.
pub(super) fn is_worth_streaming(mpack: &PlannedMpack, missing_bytes: u64) -> bool {
    mpack.inline.is_none()
        && missing_bytes >= MIN_STREAMED_BYTES
        && guess_end(mpack) < missing_bytes / 2
}

/// A guess of the bytes behind the contents of an mpack.
fn guess_end(mpack: &PlannedMpack) -> u64 {
    let counts = &mpack.counts;
    let records = counts.commits.saturating_add(counts.snapshots);
    let records = records.saturating_mul(RECORD_BYTES);
    let objects = counts.objects.saturating_mul(OBJECT_BYTES);
    records.saturating_add(objects).saturating_add(OTHER_BYTES)
}

/// Downloads what is missing of all mpacks of a plan.
///
/// # Errors
/// [`FetchError::Transport`]; what has arrived stays.
pub(super) async fn transfer_all(
    connection: &Connection<'_>,
    plan: &FetchPlan,
    downloads: &[Downloaded],
    phase: &dyn Phase,
) -> Result<(), FetchError> {
    let storage = &connection.server().storage();
    let all = || plan.mpacks.iter().zip(downloads);
    futures::stream::iter(all())
        .map(|(mpack, download)| async move {
            if let Place::Partial(arriving) = &download.place {
                transfer_end(storage, mpack, arriving).await;
            }
        })
        .buffer_unordered(PARALLEL_DOWNLOADS)
        .collect::<()>()
        .await;
    futures::stream::iter(all())
        .map(|(mpack, download)| transfer_one(connection, storage, mpack, download, phase))
        .buffer_unordered(PARALLEL_DOWNLOADS)
        .try_collect()
        .await
}

/// Downloads the end of an mpack that is to be read as it comes. Where that fails, the mpack is
/// read when it is whole: what the failure is then shows.
async fn transfer_end(storage: &Storage<'_>, mpack: &PlannedMpack, arriving: &Arriving) {
    if let Some(end) = &arriving.end
        && arriving.arrival.end().is_none()
        && let Ok(Some(start)) = download_end(storage, mpack, end).await
    {
        arriving.arrival.set_end(start);
    }
}

/// Downloads the end of an mpack, all behind its contents, to its place in a file. Gives where it
/// starts; `None` if the mpack is not one.
async fn download_end(
    storage: &Storage<'_>,
    mpack: &PlannedMpack,
    to: &PartialDownload,
) -> Result<Option<u64>, TransportError> {
    let Some(download) = &mpack.download else {
        return Ok(None);
    };
    let path = to.path();
    let local = |source| TransportError::LocalFile {
        path: path.to_owned(),
        source,
    };
    let file_bytes = mpack.size_bytes;
    to.file().set_len(file_bytes).map_err(local)?;
    let mut start = file_bytes;
    let mut wanted = file_bytes.saturating_sub(guess_end(mpack));
    for _ in 0..MAX_END_REQUESTS {
        let mut file = File::options().write(true).open(path).map_err(local)?;
        file.seek(SeekFrom::Start(wanted)).map_err(local)?;
        let range = FileRange {
            file,
            path,
            bytes: wanted..start,
            is_part: true,
            file_bytes,
            written: &|_| (),
        };
        storage.download(download, range, &Silent).await?;
        start = wanted;
        let Some(needed) = needed_start(to, start, file_bytes) else {
            return Ok(None);
        };
        if needed >= start {
            return Ok(Some(start));
        }
        wanted = needed;
    }
    Ok(None)
}

/// From where on an mpack is needed to know its tables and records, if what is there from `start`
/// on tells that.
fn needed_start(file: &PartialDownload, start: u64, file_bytes: u64) -> Option<u64> {
    let mut trailer = [0; TRAILER_BYTES as usize];
    let mut end = File::open(file.path()).ok()?;
    end.seek(SeekFrom::Start(file_bytes.checked_sub(TRAILER_BYTES)?))
        .ok()?;
    end.read_exact(&mut trailer).ok()?;
    let trailer = Trailer::parse(&trailer, file_bytes).ok()?;
    if trailer.tables_offset < start {
        return Some(trailer.tables_offset);
    }
    let mpack = Mpack::open_end(file.path()).ok()?;
    Some(mpack.tables().contents_end())
}

async fn transfer_one(
    connection: &Connection<'_>,
    storage: &Storage<'_>,
    mpack: &PlannedMpack,
    downloaded: &Downloaded,
    phase: &dyn Phase,
) -> Result<(), FetchError> {
    let Place::Partial(arriving) = &downloaded.place else {
        phase.advance(mpack.size_bytes);
        return Ok(());
    };
    let partial = &arriving.file;
    let local = |source| TransportError::LocalFile {
        path: partial.path().to_owned(),
        source,
    };
    match (&mpack.inline, &mpack.download) {
        (Some(bytes), _) => {
            phase.advance(mpack.size_bytes);
            // A whole plan's inline bytes are within one control body.
            partial.overwrite(bytes).map_err(local)?;
        }
        (None, Some(download)) => {
            let file = partial.file().try_clone().map_err(local)?;
            let end = arriving.arrival.end().unwrap_or(mpack.size_bytes);
            let present_bytes = keep_start(&file, end, mpack.size_bytes).map_err(local)?;
            phase.skip(present_bytes);
            arriving.arrival.set_written(present_bytes);
            let range = FileRange {
                file,
                path: partial.path(),
                bytes: present_bytes..end,
                is_part: false,
                file_bytes: mpack.size_bytes,
                written: &|bytes| arriving.arrival.set_written(bytes),
            };
            storage.download(download, range, phase).await?;
            // A store that gave the whole file gave another end than the one that was read.
            if partial.file().metadata().map_err(local)?.len() > end {
                return Err(FetchError::DownloadEnded);
            }
            phase.advance(append_end(arriving).map_err(local)?);
        }
        (None, None) => {
            return Err(TransportError::BadAnswer {
                host: connection.url().server().host(),
                reason: "a plan names an mpack without a way to get it".to_owned(),
            }
            .into());
        }
    }
    arriving.arrival.set_whole();
    Ok(())
}

/// Cuts what is there of a file of `file_bytes` off at `end`, behind which another file has it, and
/// drops what is longer than the file. Returns how many bytes are left.
fn keep_start(file: &File, end: u64, file_bytes: u64) -> io::Result<u64> {
    let present_bytes = file.metadata()?.len();
    let kept_bytes = match present_bytes > file_bytes {
        true => 0,
        false => present_bytes.min(end),
    };
    if kept_bytes < present_bytes {
        file.set_len(kept_bytes)?;
    }
    Ok(kept_bytes)
}

/// Completes a file with its end, if that came first; returns how many bytes that adds.
fn append_end(arriving: &Arriving) -> io::Result<u64> {
    let Some(end) = &arriving.end else {
        return Ok(0);
    };
    if arriving.arrival.end().is_none() {
        return Ok(0);
    }
    let mut file = arriving.file.file();
    let mut end = File::open(end.path())?;
    end.seek(SeekFrom::Start(file.metadata()?.len()))?;
    io::copy(&mut end, &mut file)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn what_is_there_of_a_file_ends_where_its_end_is_elsewhere() {
        for (end, file_bytes, expected) in [
            (10, 10, b"0123456".as_slice()),
            (7, 10, b"0123456"),
            (4, 10, b"0123"),
            (6, 6, b""),
        ] {
            let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
            file.write_all(b"0123456").expect("writable");
            let kept = keep_start(file.as_file(), end, file_bytes).expect("writable");
            assert_eq!(kept, expected.len() as u64);
            assert_eq!(std::fs::read(file.path()).expect("readable"), expected);
        }
    }
}
