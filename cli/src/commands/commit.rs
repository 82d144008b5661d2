//! `muse commit`.

mod message;

use std::path::PathBuf;

use muse_wire::commit::{Author, Timestamp};
use muse_wire::snapshot::Change;

use crate::repository::{Config, Head, Repository};
use crate::ui::context::Context;
use crate::ui::environment;
use crate::ui::error::CliError;
use crate::ui::time;
use crate::worktree::record::{self, Description, Recorded};

/// Arguments of `muse commit`.
#[derive(Debug, clap::Args)]
pub struct CommitArgs {
    /// Message; each further one is a paragraph of its own. Without any, an editor opens.
    #[arg(short, long = "message", value_name = "MESSAGE")]
    messages: Vec<String>,
    /// Take the message from FILE, or from standard input where it is `-`.
    #[arg(short = 'F', long, value_name = "FILE", conflicts_with = "messages")]
    file: Option<PathBuf>,
    /// Commit even where nothing changed.
    #[arg(long)]
    allow_empty: bool,
}

/// Records all changes of the work tree.
///
/// # Errors
/// Where there is nothing to commit, the author is not known, or a file cannot be recorded.
pub fn run(context: &Context, args: CommitArgs) -> Result<(), CliError> {
    let repository = context.repository()?;
    let author = author(context, &context.config(&repository)?)?;
    let committed_at = committed_at(context)?;
    let message = message::message(context, &repository, &args.messages, args.file.as_deref())?;
    let mut locked = repository.lock()?;
    let description = Description {
        author,
        committed_at,
        message: message.text,
        allow_empty: args.allow_empty,
    };
    let recorded = record::commit(&mut locked, description.clone(), context)?;
    if let Some(draft) = message.draft {
        // The commit has it now.
        let _ = std::fs::remove_file(draft);
    }
    for warning in &recorded.warnings {
        context.printer.warn(warning);
    }
    report(context, &repository, &description, &recorded)
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
        _ => Err(CliError::failed("who you are is not known yet")
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
                "{} is no date: {text:?}",
                environment::MUSE_COMMIT_DATE
            ))
            .with_hint("write 2026-03-01T12:00:00+01:00, `1772362800 +0100` or @1772362800")
        }),
    }
}

fn report(
    context: &Context,
    repository: &Repository,
    description: &Description,
    recorded: &Recorded,
) -> Result<(), CliError> {
    let tally = Tally::of(&recorded.changes, |change| {
        recorded.before.get(&change.path).is_some()
    });
    let head = repository.refs.head()?;
    let branch = match &head {
        Head::Branch(name) => Some(name.short()),
        Head::Detached(_) => None,
    };
    let subject = description.message.lines().next().unwrap_or_default();
    if context.json() {
        return context.printer.json(&serde_json::json!({
            "commit": recorded.id,
            "branch": branch,
            "subject": subject,
            "added": tally.added,
            "changed": tally.changed,
            "deleted": tally.deleted,
        }));
    }
    let palette = context.printer.palette();
    let (style, id) = (palette.id, recorded.id.short());
    let place = branch.unwrap_or("detached HEAD");
    let root = if recorded.is_root {
        ", first commit"
    } else {
        ""
    };
    context.printer.report(format_args!(
        "[{place} {style}{id}{style:#}{root}] {subject}"
    ))?;
    context.printer.report(format_args!(" {tally}"))
}

/// How many files a commit touches.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    added: usize,
    changed: usize,
    deleted: usize,
}

impl Tally {
    fn of(changes: &[Change], was_there: impl Fn(&Change) -> bool) -> Self {
        let mut tally = Self::default();
        for change in changes {
            match (was_there(change), change.entry) {
                (false, _) => tally.added += 1,
                (true, Some(_)) => tally.changed += 1,
                (true, None) => tally.deleted += 1,
            }
        }
        tally
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts: Vec<String> = [
            (self.added, "added"),
            (self.changed, "changed"),
            (self.deleted, "deleted"),
        ]
        .into_iter()
        .filter(|&(number, _)| number > 0)
        .map(|(number, what)| format!("{number} {what}"))
        .collect();
        match self.added + self.changed + self.deleted {
            0 => f.write_str("no file changed"),
            1 => write!(f, "1 file: {}", parts.join(", ")),
            number => write!(f, "{number} files: {}", parts.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tally_reads_well() {
        let tally = |added, changed, deleted| {
            Tally {
                added,
                changed,
                deleted,
            }
            .to_string()
        };
        assert_eq!(tally(0, 0, 0), "no file changed");
        assert_eq!(tally(1, 0, 0), "1 file: 1 added");
        assert_eq!(tally(2, 0, 3), "5 files: 2 added, 3 deleted");
    }
}
