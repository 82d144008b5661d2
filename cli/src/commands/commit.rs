//! `muse commit`.

use std::io::{IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};

use muse_wire::commit::{Author, Timestamp};
use muse_wire::limits::MAX_COMMIT_RECORD_BYTES;

use crate::message;
use crate::repository::{Config, Head, Repository};
use crate::ui::context::Context;
use crate::ui::editor::edit;
use crate::ui::environment;
use crate::ui::error::CliError;
use crate::ui::quantity::counted;
use crate::ui::time;
use crate::worktree::{CommitOptions, Committed, FileCounts, commit};

/// The file in `.muse` that holds a message until it is committed. What an earlier try left in it
/// is offered again.
const DRAFT_FILE: &str = "COMMIT_DRAFT";

/// Arguments of `muse commit`.
#[derive(Debug, clap::Args)]
pub struct CommitArgs {
    /// Message; each further one becomes a paragraph of its own. Without any, an editor opens.
    #[arg(short, long = "message", value_name = "MESSAGE")]
    messages: Vec<String>,
    /// Read the message from FILE, or from standard input if it is `-`.
    #[arg(short = 'F', long, value_name = "FILE", conflicts_with = "messages")]
    file: Option<PathBuf>,
    /// Commit even if nothing changed.
    #[arg(long)]
    allow_empty: bool,
}

/// Commits all changes of the work tree.
///
/// # Errors
/// If there is nothing to commit, the author is not known, or a file cannot be committed.
pub fn run(context: &Context, args: CommitArgs) -> Result<(), CliError> {
    let repository = context.repository()?;
    let author = author(context, &context.config(&repository)?)?;
    let committed_at = committed_at(context)?;
    let message = Message::get(context, &repository, &args.messages, args.file.as_deref())?;
    let mut locked = repository.lock()?;
    let options = CommitOptions {
        author,
        committed_at,
        message: message.text,
        allow_empty: args.allow_empty,
    };
    let committed = commit(&mut locked, options.clone(), context)?;
    if let Some(draft) = message.draft {
        // The commit has it now.
        let _ = std::fs::remove_file(draft);
    }
    for warning in &committed.warnings {
        context.printer.warn(warning);
    }
    report(context, &repository, &options, &committed)
}

/// A message, and the draft that holds it until it is committed.
struct Message {
    text: String,
    draft: Option<PathBuf>,
}

impl Message {
    /// The message of `-m`, of `-F`, or from an editor on a terminal.
    fn get(
        context: &Context,
        repository: &Repository,
        paragraphs: &[String],
        file: Option<&Path>,
    ) -> Result<Self, CliError> {
        let (text, draft) = match file {
            Some(file) => (read_message(context, file)?, None),
            None if !paragraphs.is_empty() => (message::from_paragraphs(paragraphs), None),
            None if std::io::stdin().is_terminal() && std::io::stdout().is_terminal() => {
                let draft = repository.layout.muse_dir().join(DRAFT_FILE);
                let edited = edit(context, &draft, message::DRAFT)?;
                (message::from_draft(&edited), Some(draft))
            }
            None => {
                return Err(
                    CliError::usage("there is no message").with_hint("muse commit -m MESSAGE")
                );
            }
        };
        match message::checked(&text) {
            Some(text) => Ok(Self { text, draft }),
            None => Err(CliError::failed(
                "the message is empty: nothing was committed",
            )),
        }
    }
}

fn read_message(context: &Context, file: &Path) -> Result<String, CliError> {
    let mut text = String::new();
    // A longer one is refused when the record is made; here the limit only bounds memory.
    let limit = MAX_COMMIT_RECORD_BYTES as u64 + 1;
    let read = if file == Path::new("-") {
        std::io::stdin().take(limit).read_to_string(&mut text)
    } else {
        std::fs::File::open(context.resolve(file))
            .and_then(|file| file.take(limit).read_to_string(&mut text))
    };
    let what = || format!("cannot read the message from {}", file.display());
    read.map_err(|error| CliError::io(what(), error))?;
    Ok(text)
}

/// Who commits: the environment, else the configuration.
fn author(context: &Context, config: &Config) -> Result<Author, CliError> {
    let environment = &context.environment;
    let pick = |given: &Option<String>, key| {
        given
            .clone()
            .or_else(|| config.get(key).map(str::to_owned))
            .filter(|value| !value.trim().is_empty())
    };
    let name = pick(&environment.author_name, "user.name");
    let email = pick(&environment.author_email, "user.email");
    match (name, email) {
        (Some(name), Some(email)) => Ok(Author { name, email }),
        _ => Err(CliError::failed("your name and e-mail address are not set")
            .with_hint("muse config --global set user.name \"Your Name\"")
            .with_hint("muse config --global set user.email you@example.com")),
    }
}

/// When: the environment, else now.
fn committed_at(context: &Context) -> Result<Timestamp, CliError> {
    match &context.environment.commit_date {
        None => Ok(time::now()),
        Some(text) => time::parse(text).ok_or_else(|| {
            CliError::usage(format!(
                "{} is not a date: {text:?}",
                environment::MUSE_COMMIT_DATE
            ))
            .with_hint("write 2026-03-01T12:00:00+01:00, `1772362800 +0100` or @1772362800")
        }),
    }
}

fn report(
    context: &Context,
    repository: &Repository,
    options: &CommitOptions,
    committed: &Committed,
) -> Result<(), CliError> {
    let head = repository.refs.head()?;
    let branch = match &head {
        Head::Branch(name) => Some(name.short()),
        Head::Detached(_) => None,
    };
    let subject = options.message.lines().next().unwrap_or_default();
    if context.json() {
        return context.printer.json(&serde_json::json!({
            "commit": committed.id,
            "branch": branch,
            "subject": subject,
            "added": committed.files.added,
            "changed": committed.files.changed,
            "deleted": committed.files.deleted,
        }));
    }
    let palette = context.printer.palette();
    let (style, id) = (palette.id, committed.id.short());
    let place = branch.unwrap_or("detached HEAD");
    let root = if committed.is_root {
        ", first commit"
    } else {
        ""
    };
    context.printer.report(format_args!(
        "[{place} {style}{id}{style:#}{root}] {subject}"
    ))?;
    context
        .printer
        .report(format_args!(" {}", describe(committed.files)))?;
    if branch.is_none() {
        context
            .printer
            .note("This commit is on no branch. `muse switch -c NAME` makes one here.");
    }
    Ok(())
}

/// `2 files: 1 added, 1 deleted`.
fn describe(files: FileCounts) -> String {
    let parts: Vec<String> = [
        (files.added, "added"),
        (files.changed, "changed"),
        (files.deleted, "deleted"),
    ]
    .into_iter()
    .filter(|&(number, _)| number > 0)
    .map(|(number, what)| format!("{number} {what}"))
    .collect();
    match files.added + files.changed + files.deleted {
        0 => "no file changed".to_owned(),
        number => format!("{}: {}", counted(number as u64, "file"), parts.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counts_read_well() {
        let text = |added, changed, deleted| {
            describe(FileCounts {
                added,
                changed,
                deleted,
            })
        };
        assert_eq!(text(0, 0, 0), "no file changed");
        assert_eq!(text(1, 0, 0), "1 file: 1 added");
        assert_eq!(text(2, 0, 3), "5 files: 2 added, 3 deleted");
    }
}
