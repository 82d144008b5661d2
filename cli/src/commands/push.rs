//! `muse push`.

use std::time::Duration;

use clap::ValueEnum;
use muse_wire::api::push::RefUpdate;
use muse_wire::name::RefName;
use serde_json::json;

use crate::repository::Repository;
use crate::sync::{
    Force, Lease, LeaseAt, PushError, PushOptions, PushOutcome, PushPlan, RefSelection, RefSpec,
    Remote, Sent, Transfer, choose_remote, current_remote, refs_not_here,
};
use crate::ui::completion::Completes;
use crate::ui::connect::{login_at, open_remote};
use crate::ui::context::Context;
use crate::ui::error::CliError;
use crate::ui::explain::Explain as _;
use crate::ui::hooks;
use crate::ui::prompt::ask_yes;
use crate::ui::quantity::{bytes, counted};
use crate::ui::ref_line::print_pushed;

/// Arguments of `muse push`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  muse push
    Send the current branch.
  muse push -u origin topic
    Send a branch for the first time, and follow it from then on.
  muse push --force-with-lease origin topic
    Replace what this repository has seen there.
  muse push -d origin topic
    Delete a branch on the server.")]
pub struct PushArgs {
    /// The remote; the one that the branch follows, else `origin` or the only one.
    #[arg(add = Completes::Remote)]
    remote: Option<String>,
    /// Branches or tags, each as NAME or LOCAL:REMOTE; the current branch unless given. `:REMOTE`
    /// deletes. A + before it forces that one as --force-with-lease does.
    #[arg(value_name = "BRANCH", add = Completes::Refspec)]
    branches: Vec<String>,
    /// Push all branches.
    #[arg(long, conflicts_with = "branches")]
    all: bool,
    /// Push all tags, too.
    #[arg(long)]
    tags: bool,
    /// Make all branches and tags there what they are here: those that are not here are deleted,
    /// and commits may be lost, as with --force.
    #[arg(
        long,
        group = "deletes",
        conflicts_with_all = ["branches", "all", "tags", "force_with_lease"]
    )]
    mirror: bool,
    /// Move branches and tags wherever they are on the server, even if commits are lost there.
    #[arg(short, long, conflicts_with = "force_with_lease")]
    force: bool,
    /// Move branches even if commits are lost there, but only from where they were last seen.
    ///
    /// With REF, that branch or tag of the server alone; with ID, from there instead. An empty ID
    /// means that the server has no such ref.
    #[arg(
        long,
        value_name = "REF[:ID]",
        add = Completes::RemoteRef,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = ""
    )]
    force_with_lease: Vec<String>,
    /// Delete this branch or tag on the server; may be given several times.
    #[arg(
        short,
        long,
        value_name = "BRANCH",
        group = "deletes",
        conflicts_with = "branches",
        add = Completes::RemoteRef
    )]
    delete: Vec<String>,
    /// Delete the server's default branch, too, without asking.
    #[arg(short, long, requires = "deletes")]
    yes: bool,
    /// Do not run the hook that looks at pushes.
    ///
    /// It is `.muse/hooks/pre-push`, an executable file of yours. It gets the name and the address
    /// of the remote as arguments, and reads a line for each branch or tag that is to move: `REF
    /// OLD NEW`, with `-` where there is no commit. When it fails, nothing is sent.
    #[arg(long)]
    no_verify: bool,
    /// Show what would be pushed, and send nothing.
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// Make the branch follow the remote's: `muse pull` and `muse push` use it from then on.
    #[arg(short = 'u', long)]
    set_upstream: bool,
    /// Print a line for each ref as programs that know git read it, instead of what people read.
    #[arg(long, conflicts_with = "json")]
    porcelain: bool,
    /// How to send the mpack.
    #[arg(long, value_enum, value_name = "METHOD", default_value_t = TransferArg::Auto)]
    transfer: TransferArg,
    /// Do not wait until the server is done; `muse job wait` can do so later.
    #[arg(long)]
    detach: bool,
    /// Wait no longer than this for the server; the push itself continues.
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    timeout: u64,
}

/// How a push is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum TransferArg {
    /// Small pushes as a stream, others by presigned upload.
    Auto,
    /// In one request to the server.
    Stream,
    /// Uploaded to a presigned URL, then unpacked by a job.
    Presign,
}

/// Runs `muse push`.
///
/// # Errors
/// If a ref cannot move or the server cannot be reached or refuses.
pub fn run(context: &Context, args: PushArgs) -> Result<(), CliError> {
    let repository = context.repository()?;
    let args = args.with_remote_of_git(&repository)?;
    let remote = match &args.remote {
        Some(remote) => choose_remote(&repository, Some(remote))?,
        None => current_remote(&repository)?,
    };
    let to = open_remote(context, &repository, &remote)?;
    let (is_porcelain, runs_hook, is_mirror) = (args.porcelain, !args.no_verify, args.mirror);
    let mut options = args.options();
    let explain = |error: PushError| error.explain(login_at(context, &to));
    if is_mirror {
        let gone = refs_not_here(&repository, &to).map_err(explain)?;
        options.refs.extend(gone.iter().map(|name| RefSpec {
            refs: RefSelection::Deleted(name.to_string()),
            force: Force::Always,
        }));
    }
    let plan = match PushPlan::new(&repository, &to, &remote, &options) {
        Err(PushError::DefaultBranch { name, .. }) if may_delete(context, &name)? => {
            options.delete_default_branch = true;
            PushPlan::new(&repository, &to, &remote, &options)
        }
        plan => plan,
    };
    let plan = plan.map_err(explain)?;
    if runs_hook && !plan.updates().is_empty() {
        let url = to.to_string();
        hooks::before_push(context, &repository, &remote, &url, plan.updates())?;
    }
    let pushed = plan.run().map_err(explain)?;
    if context.json() {
        let mut result = outcome_to_json(&pushed.outcome);
        result["remote"] = json!(remote);
        result["url"] = json!(to.to_string());
        result["repo_id"] = json!(pushed.repo_id);
        result["updates"] = match pushed.outcome {
            PushOutcome::Detached(_) => json!([]),
            _ => json!(pushed.updates),
        };
        return context.printer.json(&result);
    }
    if is_porcelain {
        return print_porcelain(context, &to, &pushed.updates);
    }
    print(context, &to, &pushed.updates, &pushed.outcome);
    Ok(())
}

/// A flag, the refs and what happened to each, with tabs between; then `Done`.
fn print_porcelain(
    context: &Context,
    to: &Remote<'_>,
    updates: &[RefUpdate],
) -> Result<(), CliError> {
    let printer = &context.printer;
    printer.line(format_args!("To {to}"))?;
    for update in updates {
        let name = &update.name;
        printer.line(match (update.old, update.new) {
            (_, None) => format!("-\t:{name}\t[deleted]"),
            (None, Some(_)) if name.as_tag().is_some() => format!("*\t{name}:{name}\t[new tag]"),
            (None, Some(_)) => format!("*\t{name}:{name}\t[new branch]"),
            (Some(old), Some(new)) => {
                let is_forced = update.force.allows_non_fast_forward();
                let (flag, dots) = if is_forced { ('+', "...") } else { (' ', "..") };
                let (old, new) = (old.short(), new.short());
                format!("{flag}\t{name}:{name}\t{old}{dots}{new}")
            }
        })?;
    }
    printer.line("Done")
}

/// Whether the person at the terminal wants the default branch deleted; not where there is none.
fn may_delete(context: &Context, branch: &RefName) -> Result<bool, CliError> {
    if context.json() {
        return Ok(false);
    }
    let question = format!(
        "{} is the default branch, which clones start on. Delete it?",
        branch.short()
    );
    let answer = ask_yes(&question).map_err(|error| CliError::io("cannot ask", error))?;
    Ok(answer.unwrap_or(false))
}

impl PushArgs {
    /// The arguments, where `--delete REMOTE BRANCH` is meant as git takes it: with the remote
    /// behind the option.
    fn with_remote_of_git(mut self, repository: &Repository) -> Result<Self, CliError> {
        let config = repository.config.read()?;
        let is_remote = |name: &str| config.remote(name).is_some();
        if let ([first, ..], Some(named)) = (&mut self.delete[..], &mut self.remote)
            && is_remote(first)
            && !is_remote(named)
        {
            std::mem::swap(first, named);
        }
        Ok(self)
    }

    fn options(self) -> PushOptions {
        let mut selections = Vec::new();
        if self.all || self.mirror {
            selections.push(RefSelection::Branches);
        }
        if self.tags || self.mirror {
            selections.push(RefSelection::Tags);
        }
        selections.extend(self.branches.into_iter().map(RefSelection::Named));
        selections.extend(self.delete.into_iter().map(RefSelection::Deleted));
        if selections.is_empty() {
            selections.push(RefSelection::Current);
        }
        let (leases, all_leases) = leases(&self.force_with_lease);
        let force = match (self.force || self.mirror, all_leases) {
            (true, _) => Force::Always,
            (false, true) => Force::WithLease,
            (false, false) => Force::No,
        };
        PushOptions {
            refs: selections
                .into_iter()
                .map(|refs| RefSpec { refs, force })
                .collect(),
            leases,
            transfer: match self.transfer {
                TransferArg::Auto => Transfer::Auto,
                TransferArg::Stream => Transfer::Stream,
                TransferArg::Presign => Transfer::Presign,
            },
            wait: (!self.detach).then_some(Duration::from_secs(self.timeout)),
            dry_run: self.dry_run,
            delete_default_branch: self.yes,
            set_upstream: self.set_upstream,
        }
    }
}

/// The leases for single refs, and whether there is one for all.
fn leases(values: &[String]) -> (Vec<Lease>, bool) {
    let (for_all, named): (Vec<_>, Vec<_>) = values.iter().partition(|value| value.is_empty());
    let lease = |value: &String| {
        let (name, at) = match value.split_once(':') {
            None => (value.as_str(), LeaseAt::LastSeen),
            Some((name, "")) => (name, LeaseAt::Absent),
            Some((name, id)) => (name, LeaseAt::Revision(id.to_owned())),
        };
        Lease {
            name: name.to_owned(),
            at,
        }
    };
    (named.into_iter().map(lease).collect(), !for_all.is_empty())
}

fn print(context: &Context, to: &Remote<'_>, updates: &[RefUpdate], outcome: &PushOutcome) {
    let printer = &context.printer;
    match outcome {
        PushOutcome::UpToDate => printer.note("Everything up-to-date"),
        PushOutcome::DryRun { commits, objects } => {
            print_pushed(printer, to, updates);
            printer.note(format_args!(
                "nothing was sent (--dry-run); it would be {}, {}",
                counted(*commits, "commit"),
                counted(*objects, "object"),
            ));
        }
        PushOutcome::Done(sent) => {
            print_pushed(printer, to, updates);
            if sent.counts.commits > 0 {
                printer.note(format_args!(
                    "{}, {}, {} sent",
                    counted(sent.counts.commits, "commit"),
                    counted(sent.counts.objects, "object"),
                    bytes(sent.bytes),
                ));
            }
        }
        PushOutcome::Detached(sent) => {
            printer.note(format_args!(
                "{} sent to {}; the server continues by itself",
                bytes(sent.bytes),
                to
            ));
            printer.note(format_args!(
                "to wait for it: `muse job wait {}`",
                sent.job.job_id
            ));
        }
    }
}

fn outcome_to_json(outcome: &PushOutcome) -> serde_json::Value {
    match outcome {
        PushOutcome::UpToDate => json!({"status": "up_to_date"}),
        PushOutcome::DryRun { commits, objects } => {
            json!({"status": "dry_run", "commits": commits, "objects": objects})
        }
        PushOutcome::Done(sent) => sent_to_json("done", sent),
        PushOutcome::Detached(sent) => sent_to_json("detached", sent),
    }
}

fn sent_to_json(status: &str, sent: &Sent) -> serde_json::Value {
    json!({
        "status": status,
        "job_id": sent.job.job_id,
        "commits": sent.counts.commits,
        "objects": sent.counts.objects,
        "bytes_sent": sent.bytes,
        "commits_written": sent.job.commits_written,
        "objects_written": sent.job.objects_written,
        "timings": sent.job.timings,
    })
}
