//! `muse debug mpack`: what one mpack is made of, and where it is damaged.

mod checks;
mod listing;
mod subject;

use std::path::PathBuf;

use muse_wire::mpack::{Mpack, MpackError};
use muse_wire::problem::ProblemCode;
use muse_wire::quote::quote_path;

use self::checks::Checks;
use self::listing::{Listing, file_to_text, unreadable_to_json};
use self::subject::Subject;
use crate::ui::context::Context;
use crate::ui::error::{CliError, ErrorKind};

/// Arguments of `muse debug mpack`.
#[derive(Debug, clap::Args)]
pub(super) struct MpackArgs {
    /// A file, or the key of an mpack of this repository: `sha256:` may be left out, and all but
    /// the first six digits.
    #[arg(value_name = "FILE|KEY")]
    mpack: PathBuf,
    /// Check every frame, even where the file hashes to the key that it is named by.
    #[arg(long)]
    verify: bool,
}

/// Lists header, frames and tables. Frames are checked where that is asked for, and where the file
/// does not hash to the key that it is named by.
pub(super) fn run(context: &Context, args: &MpackArgs) -> Result<(), CliError> {
    let subject = Subject::find(context, &args.mpack)?;
    let mpack = match Mpack::open(&subject.path) {
        Ok(mpack) => mpack,
        Err(error) => {
            if context.json() {
                context
                    .printer
                    .json(&unreadable_to_json(&subject, &error))?;
            } else {
                context.printer.text(file_to_text(&subject))?;
            }
            return Err(unreadable(&subject, error));
        }
    };
    let checks = match args.verify || subject.is_other_file() {
        true => Some(Checks::of(context, &mpack)),
        false => None,
    };
    let listing = Listing {
        tables: mpack.tables(),
        subject: &subject,
        checks: checks.as_ref(),
    };
    if context.json() {
        context.printer.json(&listing.to_json())?;
    } else {
        context.printer.text(listing.to_text())?;
    }
    if let Some(checks) = &checks {
        checks.warn_of_unknown(context);
    }
    verdict(&subject, mpack.tables().is_thin(), checks.as_ref())
}

/// An mpack whose trailer or tables cannot be read.
fn unreadable(subject: &Subject, error: MpackError) -> CliError {
    let mismatch = subject.mismatch();
    let kind = match error.code {
        // The system does not give the file.
        ProblemCode::Internal => ErrorKind::Failed,
        // Bytes that are not the key's say nothing about who wrote them.
        ProblemCode::MpackVersion if mismatch.is_none() => ErrorKind::Failed,
        _ => ErrorKind::Damaged,
    };
    let message = match mismatch {
        Some(mismatch) => format!("{}: {mismatch}", quote_path(&subject.path)),
        None => format!("cannot read {}", quote_path(&subject.path)),
    };
    CliError::new(kind, message).with_source(error)
}

/// Whether the mpack is what its key promises, and its frames what its tables promise.
fn verdict(subject: &Subject, is_thin: bool, checks: Option<&Checks>) -> Result<(), CliError> {
    let first_damage = checks.and_then(Checks::first_damage);
    let path = quote_path(&subject.path);
    let damaged = |message| CliError::new(ErrorKind::Damaged, message);
    let error = match (subject.mismatch(), first_damage) {
        (None, None) => return Ok(()),
        (None, Some((index, error))) => {
            damaged(format!("{path}: frame {index} is damaged")).with_source(error.clone())
        }
        (Some(mismatch), Some((index, error))) => {
            let message = format!("{path}: {mismatch}; the first damaged frame is {index}");
            damaged(message).with_source(error.clone())
        }
        (Some(mismatch), None) => {
            let error = damaged(format!("{path}: {mismatch}"));
            if is_thin {
                error.with_hint("the mpack is thin; its name may be the key of its thick form")
            } else if checks.is_some_and(Checks::are_all_sound) {
                error.with_hint("every frame is sound; it may be another mpack than its name says")
            } else {
                error
            }
        }
    };
    Err(error)
}
