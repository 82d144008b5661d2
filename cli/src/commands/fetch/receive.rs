//! Downloading the mpacks of a fetch plan and taking them in: nothing is believed before it is verified.

mod boundary;
mod download;

use std::fs::File;
use std::sync::{Mutex, PoisonError};

use muse_wire::history::HistoryCheck;
use muse_wire::id::CommitId;
use muse_wire::mpack::{Mpack, ObjectRow, Record, SinkError, VerifyError, VerifySink, verify};

use self::boundary::RepositoryBoundary;
pub(in crate::commands) use self::download::Downloaded;
use crate::connection::Connection;
use crate::report::{Phase, Reporter as _, Unit};
use crate::repository::{Repository, RepositoryError};
use crate::ui::context::Context;
use crate::ui::error::{CliError, ErrorKind};
use crate::worktree::FileWriter;

/// What came.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::commands) struct Received {
    pub(in crate::commands) commits: u64,
    pub(in crate::commands) objects: u64,
    pub(in crate::commands) bytes: u64,
}

/// Receives into one repository from one connection.
pub(in crate::commands) struct Receiver<'a> {
    pub(in crate::commands) context: &'a Context,
    pub(in crate::commands) connection: &'a Connection<'a>,
    pub(in crate::commands) repository: &'a Repository,
}

impl Receiver<'_> {
    /// Downloads and takes in all that `want` reaches and `have` does not. Refs stay as they are.
    pub(in crate::commands) fn receive(
        &self,
        want: &[CommitId],
        have: &[CommitId],
    ) -> Result<Received, CliError> {
        if want.is_empty() {
            return Ok(Received::default());
        }
        let downloaded = self.download(want, have)?;
        self.take_in(&downloaded, None)
    }

    /// Verifies downloaded mpacks in order and makes them part of the repository. Objects that `files`
    /// wants go there on the way, so that they are decompressed once.
    pub(in crate::commands) fn take_in(
        &self,
        downloaded: &[Downloaded],
        files: Option<&FileWriter>,
    ) -> Result<Received, CliError> {
        let total = downloaded.iter().map(|mpack| mpack.size_bytes).sum();
        let label = if files.is_some() {
            "verifying, writing"
        } else {
            "verifying"
        };
        let phase = self.context.phase(label, Some(total), Unit::Bytes);
        let mut received = Received::default();
        let mut outside = Vec::new();
        for mpack in downloaded {
            if !mpack.is_here {
                outside.extend(self.verify(mpack, files, &*phase, received.bytes)?);
                self.repository
                    .objects
                    .adopt_mpack(&mpack.path, &mpack.key)?;
                received.commits += mpack.counts.commits;
                received.objects += mpack.counts.objects;
            }
            received.bytes += mpack.size_bytes;
        }
        // Only now: an object that one mpack lacks may be in a later one.
        for object in outside {
            if !self.repository.objects.has_object(&object)? {
                return Err(invalid(&format!("the object {object} is missing")));
            }
        }
        received.bytes = downloaded
            .iter()
            .filter(|mpack| !mpack.is_here)
            .map(|mpack| mpack.size_bytes)
            .sum();
        self.context.printer.verbose(format_args!(
            "step 3: verified mpacks={} commits={} objects={}",
            downloaded.len(),
            received.commits,
            received.objects
        ));
        Ok(received)
    }

    /// Merges small mpacks, once refs name what came. Where that fails nothing is lost.
    pub(in crate::commands) fn consolidate(&self) {
        let merged = self
            .repository
            .lock()
            .and_then(|mut locked| locked.consolidate());
        match merged {
            // Whoever holds the lock may see to it, or the next command does.
            Ok(()) | Err(RepositoryError::Locked { .. }) => {}
            Err(error) => self
                .context
                .printer
                .warn(format_args!("small mpacks were not merged: {error}")),
        }
    }

    /// Checks one file; returns the objects that its records name and it does not hold.
    fn verify(
        &self,
        mpack: &Downloaded,
        files: Option<&FileWriter>,
        phase: &dyn Phase,
        bytes_before: u64,
    ) -> Result<Vec<muse_wire::id::ObjectId>, CliError> {
        let damaged = |reason: &dyn std::fmt::Display| {
            // What cannot be verified must not be resumed from.
            let _ = std::fs::remove_file(&mpack.path);
            invalid(reason)
        };
        let opened = Mpack::open(&mpack.path).map_err(|error| damaged(&error))?;
        let mut source = File::open(&mpack.path)
            .map_err(|error| CliError::io("cannot read what was downloaded", error))?;
        let sink = FileSink {
            files,
            phase,
            bytes_before,
            failure: Mutex::new(None),
        };
        let mut check = HistoryCheck::new(opened.tables(), RepositoryBoundary(self.repository));
        let mut on_record = |record: Record| -> Result<(), SinkError> {
            match record {
                Record::Commit { row, commit, .. } => check.commit(&row, &commit)?,
                Record::Snapshot(record) => {
                    check.snapshot(&record)?;
                }
            }
            Ok(())
        };
        match verify(
            &mut source,
            opened.tables(),
            &mpack.key,
            &sink,
            &mut on_record,
        ) {
            Ok(()) => Ok(check.finish()),
            Err(VerifyError::Io(error)) => {
                Err(CliError::io("cannot read what was downloaded", error))
            }
            Err(VerifyError::Sink(reason)) => {
                let failure = sink.failure.into_inner();
                match failure.unwrap_or_else(PoisonError::into_inner) {
                    Some(failure) => Err(failure),
                    None => Err(damaged(&reason)),
                }
            }
            Err(error) => Err(damaged(&error)),
        }
    }
}

fn invalid(reason: &dyn std::fmt::Display) -> CliError {
    CliError::new(
        ErrorKind::Failed,
        "what the server sent is not valid, and was dropped",
    )
    .with_source(reason.to_string())
    .with_hint("run the command again; if it stays so, the server's operator must look")
}

/// Hands verified objects to the work tree.
struct FileSink<'a> {
    files: Option<&'a FileWriter>,
    phase: &'a dyn Phase,
    bytes_before: u64,
    failure: Mutex<Option<CliError>>,
}

impl VerifySink for FileSink<'_> {
    fn object(&self, row: &ObjectRow, offset: u64, piece: &[u8]) -> Result<(), SinkError> {
        let Some(files) = self.files else {
            return Ok(());
        };
        files
            .object(&row.id, row.length, offset, piece)
            .map_err(|error| {
                let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
                failure.get_or_insert(error.into());
                "a file could not be written".into()
            })
    }

    fn progress(&self, file_bytes: u64) {
        self.phase.set_position(self.bytes_before + file_bytes);
    }
}
