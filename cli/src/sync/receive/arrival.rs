//! How far the download of an mpack has come, for whoever reads it meanwhile.

use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom};
use std::path::Path;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::sync::FetchError;

/// The download ended before everything was there, or begins anew: what was read of it is void.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the download ended")]
pub(super) struct Ended;

impl Ended {
    /// Whether it is why reading failed.
    pub(super) fn is_cause(error: &io::Error) -> bool {
        error.get_ref().is_some_and(|inner| inner.is::<Self>())
    }
}

impl From<Ended> for FetchError {
    fn from(Ended: Ended) -> Self {
        Self::DownloadEnded
    }
}

/// The state of a download. One side tells how far it is, the other waits for that.
///
/// The end of the file may come first, into a file of its own: it says what the rest holds.
#[derive(Default)]
pub(super) struct Arrival {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// Bytes that are there, from the file's start.
    written_bytes: u64,
    /// From where on the end is there that came first.
    end: Option<u64>,
    is_whole: bool,
    has_ended: bool,
}

impl Arrival {
    /// Of a file that is there.
    pub(super) fn whole() -> Self {
        let arrival = Self::default();
        arrival.set_whole();
        arrival
    }

    /// Says how many bytes are there from the start; fewer than before where it begins anew.
    pub(super) fn set_written(&self, bytes: u64) {
        self.change(|state| {
            // Nobody reads a file whose end does not come first before it is whole.
            state.has_ended |= bytes < state.written_bytes && state.end.is_some();
            state.written_bytes = bytes;
        });
    }

    /// Says that everything from `start` on is there.
    pub(super) fn set_end(&self, start: u64) {
        self.change(|state| state.end = Some(start));
    }

    /// Says that all is there, in one file.
    pub(super) fn set_whole(&self) {
        self.change(|state| state.is_whole = true);
    }

    /// Says that nothing more comes.
    pub(super) fn set_ended(&self) {
        self.change(|state| state.has_ended |= !state.is_whole);
    }

    /// Where the end starts that came first.
    pub(super) fn end(&self) -> Option<u64> {
        self.lock().end
    }

    /// Waits for the end, where it comes first, and else for everything; says where it starts.
    pub(super) fn wait_for_end(&self) -> Result<Option<u64>, Ended> {
        self.wait_until(|state| match state.end {
            Some(start) => Some(Some(start)),
            None => state.is_whole.then_some(None),
        })
    }

    /// Waits for everything.
    pub(super) fn wait(&self) -> Result<(), Ended> {
        self.wait_until(|state| state.is_whole.then_some(()))
    }

    /// Waits until there is something behind `offset`; returns how many bytes there are from the
    /// start.
    fn wait_beyond(&self, offset: u64) -> Result<u64, Ended> {
        self.wait_until(|state| Some(state.written_bytes).filter(|written| *written > offset))
    }

    fn wait_until<T>(&self, check: impl Fn(&State) -> Option<T>) -> Result<T, Ended> {
        let mut state = self.lock();
        loop {
            if state.has_ended {
                return Err(Ended);
            }
            if let Some(found) = check(&state) {
                return Ok(found);
            }
            let changed = self.changed.wait(state);
            state = changed.unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads a file from its start while it is being downloaded, and its end from where that came
/// first.
pub(super) struct ArrivingFile<'a> {
    arrival: &'a Arrival,
    start: File,
    end: File,
    end_start: u64,
    position: u64,
}

impl<'a> ArrivingFile<'a> {
    /// Reads the file at `start` up to `end_start`, and behind that the one at `end`.
    pub(super) fn open(
        arrival: &'a Arrival,
        start: &Path,
        end: &Path,
        end_start: u64,
    ) -> io::Result<Self> {
        let mut end = File::open(end)?;
        end.seek(SeekFrom::Start(end_start))?;
        Ok(Self {
            arrival,
            start: File::open(start)?,
            end,
            end_start,
            position: 0,
        })
    }
}

impl Read for ArrivingFile<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.position >= self.end_start {
            return self.end.read(buffer);
        }
        let written = self.arrival.wait_beyond(self.position);
        let readable = written.map_err(io::Error::other)?.min(self.end_start) - self.position;
        let length = usize::try_from(readable).map_or(buffer.len(), |most| most.min(buffer.len()));
        let read = self.start.read(&mut buffer[..length])?;
        self.position += read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::thread;
    use std::time::Duration;

    use super::*;

    /// Reads ten bytes, of which the last three come first, while `download` writes the others.
    fn read_while(download: impl FnOnce(&Arrival, &mut File) + Send) -> io::Result<Vec<u8>> {
        let directory = tempfile::tempdir().expect("temporary directory");
        let (start, end) = (directory.path().join("start"), directory.path().join("end"));
        let mut file = File::create(&start).expect("writable");
        std::fs::write(&end, b"\0\0\0\0\0\0\x00789").expect("writable");
        let arrival = Arrival::default();
        arrival.set_end(7);
        thread::scope(|scope| {
            scope.spawn(|| download(&arrival, &mut file));
            let mut read = Vec::new();
            ArrivingFile::open(&arrival, &start, &end, 7)?.read_to_end(&mut read)?;
            Ok(read)
        })
    }

    #[test]
    fn a_file_is_read_as_it_comes() {
        let read = read_while(|arrival, file| {
            for (written, piece) in [(3, b"012".as_slice()), (4, b"3"), (7, b"456")] {
                thread::sleep(Duration::from_millis(5));
                file.write_all(piece).expect("writable");
                arrival.set_written(written);
            }
        });
        assert_eq!(read.expect("all came"), b"0123456789");
    }

    #[test]
    fn who_waits_learns_that_nothing_comes() {
        let cut: fn(&Arrival, &mut File) = |arrival, file| {
            file.write_all(b"012").expect("writable");
            arrival.set_written(3);
            arrival.set_ended();
        };
        let anew: fn(&Arrival, &mut File) = |arrival, file| {
            file.write_all(b"012").expect("writable");
            arrival.set_written(3);
            arrival.set_written(0);
            arrival.set_written(7);
        };
        for download in [cut, anew] {
            let error = read_while(download).expect_err("it is not whole");
            assert!(Ended::is_cause(&error), "{error}");
        }
    }

    #[test]
    fn what_is_whole_does_not_end() {
        let arrival = Arrival::default();
        arrival.set_written(5);
        arrival.set_written(0);
        thread::scope(|scope| {
            scope.spawn(|| arrival.set_whole());
            assert_eq!(arrival.wait_for_end(), Ok(None));
        });
        arrival.set_ended();
        assert_eq!(arrival.wait(), Ok(()));
    }
}
