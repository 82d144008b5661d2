//! `muse export git --fast-export`.

use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::Path;

use muse_wire::name::RefName;
use serde_json::json;
use tempfile::{NamedTempFile, PersistError};

use super::other_ids::warn_of_other_ids;
use crate::export::{StreamLoss, StreamSummary, export_stream};
use crate::repository::{Repository, TEMPORARY_PREFIX, locked_file};
use crate::ui::context::Context;
use crate::ui::error::CliError;
use crate::ui::quantity::counted;

/// What stands for standard output.
pub(super) const STDOUT: &str = "-";

/// Bytes that are written to a file at once.
const BUFFER_BYTES: usize = 1 << 20;

/// Writes the history as a stream.
pub(super) fn run_fast_export(context: &Context, file: &Path) -> Result<(), CliError> {
    let repository = context.repository()?;
    if file.as_os_str() != STDOUT {
        let summary = write_file(context, &repository, &context.resolve(file))?;
        warn(context, &summary);
        return match context.json() {
            true => context.printer.json(&to_json(&summary)),
            false => context.printer.report(sentence(&summary)),
        };
    }
    if context.json() {
        return Err(
            CliError::usage("the stream and JSON cannot both be on standard output")
                .with_hint("`--fast-export FILE` writes the stream to a file"),
        );
    }
    let summary = export_stream(&repository, &mut **context.printer.stdout(), context)?;
    warn(context, &summary);
    context.printer.note(sentence(&summary));
    Ok(())
}

/// Writes the stream to a file, which is replaced once the stream is whole. What is no file, such
/// as a pipe, is written to.
fn write_file(
    context: &Context,
    repository: &Repository,
    path: &Path,
) -> Result<StreamSummary, CliError> {
    let failed = |error: io::Error| CliError::io(format!("cannot write {}", path.display()), error);
    if fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        let file = File::options().write(true).open(path).map_err(failed)?;
        let mut out = BufWriter::with_capacity(BUFFER_BYTES, file);
        return Ok(export_stream(repository, &mut out, context)?);
    }
    // What an interruption leaves there, the next command sweeps up.
    let file = repository.layout.temporary_file()?;
    let mut out = BufWriter::with_capacity(BUFFER_BYTES, file);
    let summary = export_stream(repository, &mut out, context)?;
    let file = out
        .into_inner()
        .map_err(|error| failed(error.into_error()))?;
    place(file, path).map_err(failed)?;
    Ok(summary)
}

/// Puts a finished file at `path`: as a copy, where that is on another file system.
fn place(file: NamedTempFile, path: &Path) -> io::Result<()> {
    file.as_file().sync_all()?;
    match file.persist(path) {
        Ok(_) => Ok(()),
        Err(PersistError { error, file }) if error.kind() == io::ErrorKind::CrossesDevices => {
            let directory = path.parent().unwrap_or(path);
            let mut copy = locked_file(directory, TEMPORARY_PREFIX, 0o666)?;
            io::copy(&mut file.reopen()?, &mut copy)?;
            copy.as_file().sync_all()?;
            copy.persist(path).map_err(|error| error.error)?;
            Ok(())
        }
        Err(PersistError { error, .. }) => Err(error),
    }
}

fn sentence(summary: &StreamSummary) -> String {
    let tags = summary.refs.iter();
    let tags = tags.filter(|name| name.as_tag().is_some()).count();
    format!(
        "Wrote {} and {}, with {} and {}",
        counted(summary.commits, "commit"),
        counted(summary.objects, "object"),
        counted((summary.refs.len() - tags) as u64, "branch"),
        counted(tags as u64, "tag"),
    )
}

/// Names what the stream lacks.
fn warn(context: &Context, summary: &StreamSummary) {
    for left in &summary.left {
        let name = left.name.short();
        context.printer.warn(format_args!(
            "{name} was left out: git does not take the name"
        ));
    }
    if summary.lfs_pointers > 0 {
        context.printer.warn(format_args!(
            "{} of git LFS in the stream, without what they stand for, which `muse export git \
             DIRECTORY` brings along",
            counted(summary.lfs_pointers, "pointer"),
        ));
    }
    let own = summary.lost.iter().filter(|loss| !loss.lost.is_empty());
    let own: Vec<_> = own
        .map(
            |StreamLoss {
                 commit, was, lost, ..
             }| {
                format!(
                    "{commit} was {was} in git and gets another id: a stream does not hold its {}",
                    lost.join(", "),
                )
            },
        )
        .collect();
    warn_of_other_ids(context, &own, summary.lost.len() - own.len());
}

fn to_json(summary: &StreamSummary) -> serde_json::Value {
    let names = |names: &[RefName]| names.iter().map(RefName::to_string).collect::<Vec<_>>();
    let left: Vec<_> = summary.left.iter().map(|left| left.name.clone()).collect();
    let lost = summary.lost.iter().map(|loss| {
        json!({
            "commit": loss.commit.to_string(),
            "was": loss.was,
            "lost": loss.lost,
            "inherited": loss.is_inherited,
        })
    });
    json!({
        "commits": summary.commits,
        "objects": summary.objects,
        "lfs_pointers": summary.lfs_pointers,
        "refs": names(&summary.refs),
        "left": names(&left),
        "lost": lost.collect::<Vec<_>>(),
    })
}
