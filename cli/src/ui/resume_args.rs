//! The options with which an operation that stopped at a conflict is ended.

use super::authorship::{author, committed_at, signer};
use super::context::Context;
use super::error::CliError;
use super::outcome::report;
use crate::integrate::{self, Committer, expect_unfinished};
use crate::repository::{Action, Repository};

/// Options of every command that can stop at a conflict.
#[derive(Debug, Default, clap::Args)]
pub struct ResumeArgs {
    /// Once the conflicts are settled: commit, and go on.
    #[arg(long = "continue", group = "resume")]
    continue_: bool,
    /// Go back to where it began.
    #[arg(long, group = "resume")]
    abort: bool,
}

impl ResumeArgs {
    /// Goes on or back, if one of the options was given.
    ///
    /// # Errors
    /// If nothing of the kind is unfinished, or conflicts are not settled.
    pub fn run(
        &self,
        context: &Context,
        repository: &Repository,
        action: Action,
        message: Option<String>,
    ) -> Option<Result<(), CliError>> {
        if self.abort {
            return Some(abort(context, repository, action));
        }
        self.continue_.then(|| {
            expect_unfinished(repository, Some(action))?;
            let committer = committer(context, repository, None)?;
            let outcome = integrate::go_on(repository, Some(action), message, &committer, context)?;
            report(context, repository, &outcome)
        })
    }
}

/// Leaves out the commit at which an operation stopped, and goes on.
///
/// # Errors
/// If nothing of the kind is unfinished, or it stops again.
pub fn skip(context: &Context, repository: &Repository, action: Action) -> Result<(), CliError> {
    expect_unfinished(repository, Some(action))?;
    let committer = committer(context, repository, None)?;
    let outcome = integrate::skip(repository, action, &committer, context)?;
    report(context, repository, &outcome)
}

/// Goes back to where an operation began, and says so.
///
/// # Errors
/// If nothing of the kind is unfinished.
pub fn abort(context: &Context, repository: &Repository, action: Action) -> Result<(), CliError> {
    let start = integrate::abort(repository, action, context)?;
    if context.json() {
        return context
            .printer
            .json(&serde_json::json!({"head": start.head, "commit": start.commit}));
    }
    let place = start.commit.map_or_else(String::new, |id| id.short());
    context.printer.note(format_args!(
        "The {action} was aborted: HEAD is at {place} again"
    ));
    Ok(())
}

/// Who commits, when, and with which key, where one is `asked` for or the settings say so.
///
/// # Errors
/// If neither the environment nor the settings say who, or the key cannot be used.
pub fn committer(
    context: &Context,
    repository: &Repository,
    asked: Option<bool>,
) -> Result<Committer, CliError> {
    let config = context.config(repository)?;
    Ok(Committer {
        author: author(context, &config)?,
        now: committed_at(context)?,
        signer: signer(context, &config, asked)?,
    })
}
