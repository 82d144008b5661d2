//! `muse commit`.

use crate::integrate;
use crate::repository::{Action, Head, Repository};
use crate::stash::finish_pop;
use crate::ui::authorship::{author, committed_at, signer};
use crate::ui::commit_message::{Message, MessageArgs};
use crate::ui::context::Context;
use crate::ui::draft::Draft;
use crate::ui::error::CliError;
use crate::ui::hooks;
use crate::ui::outcome::report as report_outcome;
use crate::ui::quantity::counted;
use crate::ui::resume_args::committer;
use crate::worktree::{
    CommitDetails, CommitOptions, Committed, FileCounts, Follows, WorktreeError, commit,
    local_changes,
};

/// Arguments of `muse commit`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  muse commit -m 'Say hello'
    Commit all changes with this message.
  muse commit --amend --no-edit
    Put all changes into the last commit.
  muse commit -S -m 'Sign this'
    Commit, and sign the commit.")]
pub struct CommitArgs {
    #[command(flatten)]
    message: MessageArgs,
    /// Commit all changes, which is the rule.
    #[arg(short, long, hide = true)]
    all: bool,
    /// Sign the commit with your key; `muse auth keygen` makes one.
    ///
    /// It is the one that the setting `user.signing-key` names. Where it cannot sign, since its
    /// ssh-agent or its passphrase is missing, nothing is committed, and the exit code is 1.
    #[arg(short = 'S', long, overrides_with = "no_sign")]
    sign: bool,
    /// Do not sign it, whatever the setting `commit.sign` says.
    #[arg(long, overrides_with = "sign")]
    no_sign: bool,
    /// Commit even if nothing changed.
    #[arg(long)]
    allow_empty: bool,
    /// Make the last commit anew, with the changes of the work tree. Author and time stay, and the
    /// message, too, unless another is given.
    #[arg(long)]
    amend: bool,
    /// With --amend: open no editor.
    #[arg(long, requires = "amend")]
    no_edit: bool,
    /// Do not run the hook that looks at commits.
    ///
    /// It is `.muse/hooks/pre-commit`, an executable file of yours, which runs in the top directory
    /// of the work tree before anything is committed. When it fails, nothing is.
    #[arg(short = 'n', long)]
    no_verify: bool,
    /// With --amend: become the author, now.
    #[arg(long, requires = "amend")]
    reset_author: bool,
}

impl CommitArgs {
    /// Whether a signature is asked for or refused.
    const fn signs(&self) -> Option<bool> {
        match (self.sign, self.no_sign) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            _ => None,
        }
    }
}

/// Commits all changes of the work tree.
///
/// # Errors
/// If there is nothing to commit, the author is not known, or a file cannot be committed.
pub fn run(context: &Context, args: CommitArgs) -> Result<(), CliError> {
    let repository = context.repository()?;
    if !args.no_verify {
        hooks::before_commit(context, &repository)?;
    }
    match repository.refs.read()?.unfinished().map(|one| one.action) {
        Some(Action::Stash) => finish_pop(&repository)?,
        Some(_) if !args.amend => return go_on(context, &repository, &args),
        _ => {}
    }
    let options = match args.amend {
        true => amending(context, &repository, &args)?,
        false => adding(context, &repository, &args)?,
    };
    let (options, message) = options;
    let mut locked = repository.lock()?;
    let committed = commit(&mut locked, options.clone(), context)?;
    message.forget_draft();
    for warning in &committed.warnings {
        context.printer.warn(warning);
    }
    report(context, &repository, &options, &committed)
}

/// Commits what people made of the conflicts at which an operation stopped, and goes on with it.
fn go_on(context: &Context, repository: &Repository, args: &CommitArgs) -> Result<(), CliError> {
    let message = args.message.given(context)?;
    let committer = committer(context, repository, args.signs())?;
    let outcome = integrate::go_on(repository, None, message, &committer, context)?;
    report_outcome(context, repository, &outcome)
}

/// A commit after the last one.
fn adding(
    context: &Context,
    repository: &Repository,
    args: &CommitArgs,
) -> Result<(CommitOptions, Message), CliError> {
    let committer = committer(context, repository, args.signs())?;
    if args.message.opens_editor() && !args.allow_empty {
        refuse_unchanged(repository)?;
    }
    let message = args.message.get(context, repository, Draft::COMMIT, None)?;
    let options = CommitOptions {
        details: committer.says(message.text.clone()),
        allow_empty: args.allow_empty,
        follows: Follows::Head,
    };
    Ok((options, message))
}

/// Nobody shall write a message for nothing. The commit looks again: files may change meanwhile.
fn refuse_unchanged(repository: &Repository) -> Result<(), CliError> {
    let head = repository.refs.head_commit()?;
    let tree = repository.objects.commit_tree(head.as_ref())?;
    let local = local_changes(repository, &tree)?;
    match local.changed.is_empty() && local.forbidden.is_empty() {
        true => Err(WorktreeError::NothingToCommit.into()),
        false => Ok(()),
    }
}

/// A commit that takes the last one's place.
fn amending(
    context: &Context,
    repository: &Repository,
    args: &CommitArgs,
) -> Result<(CommitOptions, Message), CliError> {
    let last = repository.resolve("HEAD")?;
    let mut details = CommitDetails::of_copy(repository.objects.commit(&last)?);
    if args.reset_author {
        details.author = author(context, &context.config(repository)?)?;
        details.committed_at = committed_at(context)?;
    }
    details.signer = signer(context, &context.config(repository)?, args.signs())?;
    let is_asked = !args.no_edit;
    let message = args
        .message
        .get_or(context, repository, &details.message, is_asked)?;
    let options = CommitOptions {
        details: CommitDetails {
            message: message.text.clone(),
            ..details
        },
        allow_empty: true,
        follows: Follows::ParentsOfHead,
    };
    Ok((options, message))
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
    let subject = options.details.message.lines().next().unwrap_or_default();
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
