//! `muse merge`.

use crate::integrate::{FastForwarding, MergeOptions, Merging, merge};
use crate::repository::{Action, Repository};
use crate::ui::commit_message::MessageArgs;
use crate::ui::completion::Completes;
use crate::ui::context::Context;
use crate::ui::error::CliError;
use crate::ui::outcome::{report, report_applied, report_up_to_date};
use crate::ui::resume_args::{ResumeArgs, committer};

/// Arguments of `muse merge`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  muse merge topic
    Bring the commits of `topic` into the current branch.
  muse merge --continue
    Commit once the conflicts are settled.")]
pub struct MergeArgs {
    /// What to merge: a branch, tag or commit.
    #[arg(
        value_name = "REV",
        add = Completes::Revision,
        required_unless_present = "resume",
        conflicts_with = "resume"
    )]
    revision: Option<String>,
    /// Make a commit of the merge, even if the branch could just move on.
    #[arg(long, conflicts_with_all = ["ff_only", "squash"])]
    no_ff: bool,
    /// Only move the branch on, or refuse.
    #[arg(long, conflicts_with = "squash")]
    ff_only: bool,
    /// Make one commit of all changes, without the other branch as a parent.
    #[arg(long)]
    squash: bool,
    /// Merge histories that have no commit in common.
    #[arg(long)]
    allow_unrelated: bool,
    #[command(flatten)]
    message: MessageArgs,
    #[command(flatten)]
    resume: ResumeArgs,
}

/// Merges another branch into the current one.
///
/// # Errors
/// If the revision is unknown, local changes are in the way, or there are conflicts.
pub fn run(context: &Context, args: MergeArgs) -> Result<(), CliError> {
    let repository = context.repository()?;
    let message = args.message.given(context)?;
    let resumed = args
        .resume
        .run(context, &repository, Action::Merge, message.clone());
    if let Some(resumed) = resumed {
        return resumed;
    }
    let revision = args.revision.unwrap_or_default();
    // What cannot be merged is named before who would merge it.
    repository.resolve(&revision)?;
    let committer = committer(context, &repository, None)?;
    let options = MergeOptions {
        fast_forwarding: match (args.no_ff, args.ff_only) {
            (true, _) => FastForwarding::Never,
            (_, true) => FastForwarding::Only,
            _ => FastForwarding::Allowed,
        },
        squash: args.squash,
        allow_unrelated: args.allow_unrelated,
        message,
    };
    let merging = merge(&repository, &revision, options, &committer, context)?;
    report_merging(context, &repository, &merging)
}

/// Says what a merge did.
///
/// # Errors
/// If it stopped at a conflict.
pub fn report_merging(
    context: &Context,
    repository: &Repository,
    merging: &Merging,
) -> Result<(), CliError> {
    match merging {
        Merging::UpToDate => report_up_to_date(context),
        Merging::FastForwarded(applied) => report_applied(context, repository, applied),
        Merging::Merged(outcome) => report(context, repository, outcome),
    }
}
