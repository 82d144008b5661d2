//! `muse branch`.

use std::fmt::Write as _;

use muse_wire::id::CommitId;
use muse_wire::name::{HEADS, REMOTES, RefName};

use crate::branches::{
    Upstream, create_branch, delete_branches, follow, rename_branch, stop_following, upstream,
};
use crate::history::list_refs;
use crate::repository::{Config, Head, Refs, Repository};
use crate::ui::completion::Completes;
use crate::ui::context::Context;
use crate::ui::error::CliError;
use crate::ui::pager::paged;
use crate::ui::printer::{Verbosity, stdout_error};
use crate::ui::ref_listing::RefListingArgs;
use crate::ui::style::Style;
use crate::ui::upstream_text;

/// Arguments of `muse branch`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  muse branch topic v1.0
    Make a branch at a tag, without going to it.
  muse branch -d topic
    Delete a branch that is merged.
  muse branch -vv --sort=-date
    List the branches with what they follow, the newest first.")]
pub struct BranchArgs {
    /// Branch to create; without one, the branches are listed. With -u or --unset-upstream, the
    /// branch that is meant; the current one unless given.
    #[arg(conflicts_with = "ref_listing")]
    name: Option<String>,
    /// Where the new branch starts; the current commit unless given.
    #[arg(requires = "name", conflicts_with = "action", add = Completes::Revision)]
    start: Option<String>,
    /// Delete a branch whose commits are in the current one or in what it follows on a server.
    #[arg(
        short,
        long,
        value_name = "BRANCH",
        add = Completes::Branch,
        num_args = 1..,
        group = "action",
        conflicts_with_all = ["name", "ref_listing"]
    )]
    delete: Vec<String>,
    /// Delete a branch, even if commits are lost with it.
    #[arg(
        short = 'D',
        value_name = "BRANCH",
        add = Completes::Branch,
        num_args = 1..,
        group = "action",
        conflicts_with_all = ["name", "ref_listing"]
    )]
    force_delete: Vec<String>,
    /// Rename a branch: `-m NEW` the current one, `-m OLD NEW` another.
    #[arg(
        short = 'm',
        long = "move",
        value_names = ["OLD", "NEW"],
        add = Completes::Branch,
        num_args = 1..=2,
        group = "action",
        conflicts_with_all = ["name", "ref_listing"]
    )]
    rename: Vec<String>,
    /// Let a branch follow a server's: `muse pull` and `muse push` use it from then on.
    #[arg(
        short = 'u',
        long,
        value_name = "REMOTE/BRANCH",
        add = Completes::TrackedBranch,
        group = "action",
        conflicts_with = "ref_listing"
    )]
    set_upstream_to: Option<String>,
    /// Let a branch follow nothing any more.
    #[arg(long, group = "action", conflicts_with = "ref_listing")]
    unset_upstream: bool,
    /// List the branches whose names fit PATTERN (`*` stands for slashes, too), or all. -v adds
    /// their commits and how far they are from what they follow, -vv what they follow.
    #[arg(
        short,
        long,
        value_name = "PATTERN",
        add = Completes::Branch,
        num_args = 0..,
        group = "action",
        conflicts_with = "name"
    )]
    list: Option<Vec<String>>,
    /// List the servers' branches as last seen, too.
    #[arg(short, long, conflicts_with_all = ["name", "remotes"])]
    all: bool,
    /// List only the servers' branches as last seen.
    #[arg(short, long, conflicts_with = "name")]
    remotes: bool,
    #[command(flatten)]
    listing: RefListingArgs,
}

/// Lists, creates, renames or deletes branches.
///
/// # Errors
/// If a name is not allowed, is taken or unknown, or commits would be lost.
pub fn run(context: &Context, args: BranchArgs) -> Result<(), CliError> {
    let repository = context.repository()?;
    let name = args.name.as_deref();
    if let Some(upstream) = &args.set_upstream_to {
        let (branch, upstream) = follow(&repository, name, upstream)?;
        context.printer.note(format_args!(
            "Branch {} follows {} now.",
            branch.short(),
            upstream.short()
        ));
        return Ok(());
    }
    if args.unset_upstream {
        let branch = stop_following(&repository, name)?;
        let branch = branch.short();
        context
            .printer
            .note(format_args!("Branch {branch} follows nothing any more."));
        return Ok(());
    }
    if let Some(name) = name {
        create(context, &repository, name, args.start.as_deref())
    } else if !args.delete.is_empty() {
        delete(context, &repository, &args.delete, false)
    } else if !args.force_delete.is_empty() {
        delete(context, &repository, &args.force_delete, true)
    } else {
        match args.rename.as_slice() {
            [] => list(context, &repository, &args),
            [new] => rename(context, &repository, None, new),
            [old, new, ..] => rename(context, &repository, Some(old), new),
        }
    }
}

/// A branch in the list.
struct Listed {
    name: RefName,
    commit: CommitId,
    is_current: bool,
    /// The first line of its commit's message; only where it is shown.
    subject: Option<String>,
    /// What it follows; only where that is shown.
    upstream: Option<Upstream>,
}

fn list(context: &Context, repository: &Repository, args: &BranchArgs) -> Result<(), CliError> {
    let refs = repository.refs.read()?;
    let patterns = args.list.as_deref().unwrap_or_default();
    let filter = args.listing.filter(repository, patterns)?;
    let local = refs.with_prefix(HEADS).filter(|_| !args.remotes);
    let tracked = refs.with_prefix(REMOTES);
    let tracked = tracked.filter(|_| args.all || args.remotes);
    let named = local.chain(tracked);
    let named = named.map(|(name, commit)| (name.clone(), commit));
    let named = list_refs(repository, named, &filter, args.listing.sort)?;
    let verbosity = context.printer.options().verbosity;
    let has_details = context.json() || verbosity >= Verbosity::Verbose;
    let config = context.config(repository)?;
    let mut listed = Vec::with_capacity(named.len());
    for (name, commit) in named {
        let mut branch = Listed {
            is_current: matches!(refs.head(), Head::Branch(current) if *current == name),
            name,
            commit,
            subject: None,
            upstream: None,
        };
        if has_details {
            branch.add_details(repository, &refs, &config)?;
        }
        listed.push(branch);
    }
    if context.json() {
        let listed: Vec<_> = listed.iter().map(Listed::to_json).collect();
        return context.printer.json(&listed);
    }
    let palette = context.printer.palette();
    let names = listed.iter().map(|branch| branch.name.short());
    let width = names.map(|name| name.chars().count()).max().unwrap_or(0);
    paged(context, |out| {
        if let Head::Detached(commit) = refs.head()
            && filter.is_empty()
            && !args.remotes
        {
            let (style, commit) = (palette.head, commit.short());
            out.text(format_args!(
                "* {style}(not on a branch, at {commit}){style:#}\n"
            ))
            .map_err(stdout_error)?;
        }
        for branch in &listed {
            let name = branch.name.short();
            let (mark, style) = match branch.name.as_branch() {
                Some(_) if branch.is_current => ('*', palette.branch),
                Some(_) => (' ', Style::new()),
                None => (' ', palette.remote_branch),
            };
            let mut line = format!("{mark} {style}{name}{style:#}");
            if let Some(subject) = &branch.subject {
                let padding = " ".repeat(width - name.chars().count());
                let (style, id) = (palette.id, branch.commit.short());
                let _ = write!(line, "{padding} {style}{id}{style:#}");
                let upstream = branch.upstream.as_ref().map(|upstream| {
                    upstream_text::brief(upstream, verbosity >= Verbosity::Thorough)
                });
                if let Some(text) = upstream.filter(|text| !text.is_empty()) {
                    let style = palette.remote_branch;
                    let _ = write!(line, " [{style}{text}{style:#}]");
                }
                let _ = write!(line, " {subject}");
            }
            out.text(format_args!("{line}\n")).map_err(stdout_error)?;
        }
        Ok(())
    })
}

impl Listed {
    fn add_details(
        &mut self,
        repository: &Repository,
        refs: &Refs,
        config: &Config,
    ) -> Result<(), CliError> {
        let objects = &repository.objects;
        self.subject = Some(objects.commit(&self.commit)?.subject().to_owned());
        if self.name.as_branch().is_some() {
            self.upstream = upstream(objects, refs, config, &self.name, self.commit)?;
        }
        Ok(())
    }

    fn to_json(&self) -> serde_json::Value {
        serde_json::json!({
            "name": self.name.short(),
            "ref": self.name,
            "commit": self.commit,
            "current": self.is_current,
            "subject": self.subject,
            "upstream": self.upstream.as_ref().map(upstream_text::to_json),
        })
    }
}

fn create(
    context: &Context,
    repository: &Repository,
    name: &str,
    start: Option<&str>,
) -> Result<(), CliError> {
    let (name, commit) = create_branch(repository, name, start.unwrap_or("HEAD"))?;
    context.printer.note(format_args!(
        "Made branch {} at {}. `muse switch {0}` goes there.",
        name.short(),
        commit.short()
    ));
    Ok(())
}

fn delete(
    context: &Context,
    repository: &Repository,
    names: &[String],
    force: bool,
) -> Result<(), CliError> {
    for (name, commit) in delete_branches(repository, names, force)? {
        let (name, commit) = (name.short(), commit.short());
        context.printer.note(format_args!(
            "Deleted branch {name} (it was at {commit}). `muse branch {name} {commit}` brings it \
             back."
        ));
    }
    Ok(())
}

fn rename(
    context: &Context,
    repository: &Repository,
    old: Option<&str>,
    new: &str,
) -> Result<(), CliError> {
    let (old, new) = rename_branch(repository, old, new)?;
    context
        .printer
        .note(format_args!("Renamed {} to {}.", old.short(), new.short()));
    Ok(())
}
