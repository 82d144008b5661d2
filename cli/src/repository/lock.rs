//! The file behind the lock: an advisory lock on `.muse/lock`, which the system releases when its
//! holder dies, so that none is ever stale.
//!
//! The file says who holds the lock, for whoever waits: `PROCESS-ID ACTIVITY`.

use std::fs::{File, TryLockError};
use std::io::{Seek as _, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use super::error::{RepositoryError, Result};
use super::lock_holder::LockHolder;
use crate::fault;

/// How long a change waits for another process's change before it gives up.
const TIMEOUT: Duration = Duration::from_secs(60);

/// How long it waits before it says so.
const NOTICE_AFTER: Duration = Duration::from_secs(2);

/// Time between two attempts.
const PAUSE: Duration = Duration::from_millis(20);

/// Is called once with whoever is waited for.
type OnWait = dyn Fn(Option<&LockHolder>) + Send + Sync;

/// What this process writes into the file, and how it waits for other processes.
pub(super) struct LockOptions {
    activity: String,
    on_wait: Box<OnWait>,
    notice_after: Duration,
    timeout: Duration,
}

impl LockOptions {
    pub(super) fn new(
        activity: &str,
        on_wait: impl Fn(Option<&LockHolder>) + Send + Sync + 'static,
    ) -> Self {
        Self {
            activity: activity.to_owned(),
            on_wait: Box::new(on_wait),
            notice_after: NOTICE_AFTER,
            timeout: fault::lock_wait(TIMEOUT),
        }
    }
}

impl Default for LockOptions {
    /// Waits silently.
    fn default() -> Self {
        Self::new("muse", |_| ())
    }
}

/// A lock that is held.
#[derive(Debug)]
pub(super) struct LockFile {
    _file: File,
}

impl LockFile {
    /// Locks the file at `path`, which is created if it is missing. Waits while another process
    /// holds it.
    pub(super) fn acquire(path: &Path, options: &LockOptions) -> Result<Self> {
        let started = Instant::now();
        let mut is_told = false;
        loop {
            if let Some(lock) = Self::try_acquire(path, options)? {
                return Ok(lock);
            }
            let waited = started.elapsed();
            if waited >= options.timeout {
                let holder = LockHolder::read(path);
                return Err(RepositoryError::Locked { holder });
            }
            if !is_told && waited >= options.notice_after {
                is_told = true;
                (options.on_wait)(LockHolder::read(path).as_ref());
            }
            std::thread::sleep(PAUSE);
        }
    }

    /// Locks the file at `path`, which is created if it is missing; `None` if another process holds
    /// it.
    pub(super) fn try_acquire(path: &Path, options: &LockOptions) -> Result<Option<Self>> {
        let mut file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(RepositoryError::writing(path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(source)) => {
                return Err(RepositoryError::storage("lock", path)(source));
            }
        }
        // The note only serves messages: a full disk must not keep anyone from locking.
        let _ = file
            .set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| writeln!(file, "{} {}", std::process::id(), options.activity));
        Ok(Some(Self { _file: file }))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::mpsc;

    use super::*;

    fn short_wait(activity: &str) -> LockOptions {
        LockOptions {
            notice_after: Duration::ZERO,
            timeout: Duration::from_millis(50),
            ..LockOptions::new(activity, |_| ())
        }
    }

    #[test]
    fn a_second_lock_waits_and_then_names_the_holder() {
        let directory = tempfile::tempdir().expect("temporary directory");
        let path = directory.path().join("lock");
        let held = LockFile::acquire(&path, &short_wait("muse commit")).expect("free");
        let refused = LockFile::acquire(&path, &short_wait("muse switch"));
        let Err(RepositoryError::Locked {
            holder: Some(holder),
        }) = refused
        else {
            panic!("{refused:?}");
        };
        let own = std::process::id();
        assert_eq!(holder.to_string(), format!("`muse commit`, process {own}"));
        drop(held);
        LockFile::acquire(&path, &short_wait("muse switch")).expect("free again");
    }

    #[test]
    fn whoever_waits_is_told_once_for_whom_and_goes_on() {
        let directory = tempfile::tempdir().expect("temporary directory");
        let path = directory.path().join("lock");
        let held = LockFile::acquire(&path, &short_wait("muse commit")).expect("free");
        let (told, holders) = mpsc::channel();
        let options = LockOptions {
            notice_after: Duration::ZERO,
            ..LockOptions::new("muse switch", move |holder| {
                told.send(holder.cloned()).expect("the test listens");
            })
        };
        let waiting = std::thread::spawn(move || LockFile::acquire(&path, &options).map(drop));
        let holder = holders
            .recv()
            .expect("it waits")
            .expect("the file says who");
        assert_eq!(holder.activity, "muse commit");
        drop(held);
        waiting.join().expect("no panic").expect("free");
        assert!(holders.recv().is_err(), "told once");
    }

    #[test]
    fn what_a_dead_process_left_in_the_file_is_no_obstacle() {
        let directory = tempfile::tempdir().expect("temporary directory");
        let path = directory.path().join("lock");
        for leftover in ["4000000 muse commit\n", "", "no process\n"] {
            fs::write(&path, leftover).expect("writable");
            let lock = LockFile::try_acquire(&path, &LockOptions::default());
            assert!(lock.expect("can be locked").is_some(), "{leftover:?}");
        }
    }
}
