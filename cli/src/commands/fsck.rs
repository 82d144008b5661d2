//! `muse fsck`.

use std::fmt::Write as _;

use muse_wire::quote::quote_path;
use serde_json::json;

use crate::fsck::{Findings, Missing, Need, check, salvage};
use crate::repository::{Repository, RepositoryError};
use crate::sync::refetch;
use crate::ui::connect::{login_at, open_remote};
use crate::ui::context::Context;
use crate::ui::error::{CliError, ErrorKind};
use crate::ui::explain::Explain as _;
use crate::ui::quantity::{bytes, counted};

/// How many of what is missing is named without `-v`.
const NAMED_WITHOUT_VERBOSE: usize = 20;

/// Arguments of `muse fsck`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  muse fsck
    Check every byte.
  muse fsck --repair
    Save what is sound, and fetch the rest.")]
pub struct FsckArgs {
    /// Save what is sound of damaged files, and fetch what is missing from the remotes.
    #[arg(long)]
    repair: bool,
}

/// Checks everything, and repairs it where that is asked for.
///
/// # Errors
/// If damage is left.
pub fn run(context: &Context, args: FsckArgs) -> Result<(), CliError> {
    let repository = context.repository()?;
    let mut findings = check(&repository, context)?;
    if args.repair && !findings.is_sound() {
        findings = repair(context, &repository, findings)?;
    }
    print(context, &findings)?;
    verdict(&findings, args.repair)
}

/// Saves what is sound and fetches what is missing; returns what is found after that.
fn repair(
    context: &Context,
    repository: &Repository,
    findings: Findings,
) -> Result<Findings, CliError> {
    say(context, &findings);
    if let Some(refs) = salvage(&mut repository.lock()?, &findings)? {
        let count = counted(refs.iter().count() as u64, "ref");
        context.printer.note(format_args!(
            "The refs were made anew of the reflog: {count}, and HEAD at {}; a merge or checkout \
             that was unfinished is forgotten",
            refs.head()
        ));
    }
    let mut findings = check(repository, context)?;
    for remote in remotes(repository, &findings)? {
        if findings.missing.is_empty() {
            break;
        }
        match fetch_from(context, repository, &remote, &findings) {
            Ok(()) => findings = check(repository, context)?,
            Err(error) => context.printer.warn(format_args!(
                "nothing was fetched from {remote}: {}",
                error.render().trim_end().trim_start_matches("error: ")
            )),
        }
    }
    if findings.is_sound() {
        repository.lock()?.remove_set_aside()?;
        context.printer.note("Everything is whole again");
    }
    Ok(findings)
}

/// All remotes, those first that were last seen with what is missing.
fn remotes(repository: &Repository, findings: &Findings) -> Result<Vec<String>, CliError> {
    let known = match repository.config.read() {
        Ok(config) => config.remotes(),
        // It is among what is damaged, and says where nothing can be fetched from.
        Err(RepositoryError::Config { .. }) => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    let mut names: Vec<String> = known.into_iter().map(|remote| remote.name).collect();
    let has = |name: &String| {
        findings
            .missing
            .iter()
            .any(|one| one.remotes.contains(name))
    };
    names.sort_by_key(|name| !has(name));
    Ok(names)
}

fn fetch_from(
    context: &Context,
    repository: &Repository,
    remote: &str,
    findings: &Findings,
) -> Result<(), CliError> {
    let from = open_remote(context, repository, remote)?;
    let received = refetch(repository, &from, &findings.sound)
        .map_err(|error| error.explain(login_at(context, &from)))?;
    context.printer.note(format_args!(
        "{} and {} received from {remote}, {}",
        counted(received.commits, "commit"),
        counted(received.objects, "object"),
        bytes(received.bytes)
    ));
    Ok(())
}

/// Prints what a check found.
///
/// # Errors
/// If stdout cannot be written.
pub(super) fn print(context: &Context, findings: &Findings) -> Result<(), CliError> {
    if context.json() {
        return context.printer.json(&to_json(findings));
    }
    say(context, findings);
    let Findings {
        mpack_count,
        mpack_bytes,
        commit_count,
        ..
    } = findings;
    let commits = match commit_count {
        0 => String::new(),
        count => format!(", {}", counted(*count as u64, "commit")),
    };
    context.printer.report(format_args!(
        "Checked {} ({}){commits}",
        counted(*mpack_count as u64, "mpack"),
        bytes(*mpack_bytes)
    ))
}

/// Names what is damaged and missing, on stderr.
fn say(context: &Context, findings: &Findings) {
    if context.json() {
        return;
    }
    let mut text = String::new();
    for damage in &findings.damaged {
        let path = quote_path(&damage.path);
        let _ = writeln!(text, "damaged: {path}: {}", damage.reason);
    }
    let shown = match context.printer.is_verbose() {
        true => usize::MAX,
        false => NAMED_WITHOUT_VERBOSE,
    };
    for missing in findings.missing.iter().take(shown) {
        let from = match missing.remotes.as_slice() {
            [] => String::new(),
            remotes => format!("; {} had it", remotes.join(", ")),
        };
        let Missing { kind, id, need, .. } = missing;
        let _ = writeln!(text, "missing: {kind} {id}, which {need} needs{from}");
    }
    let more = findings.missing.len().saturating_sub(shown);
    if more > 0 {
        let _ = writeln!(text, "and {more} more are missing (`-v` names them all)");
    }
    if !findings.forgotten.is_empty() {
        let count = findings.forgotten.len();
        let _ = writeln!(text, "not here, and named by the reflog alone: {count}");
    }
    for line in text.lines() {
        context.printer.note(line);
    }
}

fn to_json(findings: &Findings) -> serde_json::Value {
    let missing = |missing: &[Missing]| -> Vec<_> {
        let one = |missing: &Missing| {
            let (reference, commit, path) = match &missing.need {
                Need::Ref(name) => (Some(name), None, None),
                Need::Commit(commit) => (None, Some(commit), None),
                Need::File { commit, path } => (None, Some(commit), Some(path)),
            };
            json!({
                "kind": missing.kind,
                "id": missing.id,
                "ref": reference,
                "commit": commit,
                "path": path,
                "remotes": missing.remotes,
            })
        };
        missing.iter().map(one).collect()
    };
    let damaged: Vec<_> = findings
        .damaged
        .iter()
        .map(|damage| json!({"path": damage.path.to_string_lossy(), "reason": damage.reason}))
        .collect();
    json!({
        "sound": findings.is_sound(),
        "mpacks": findings.mpack_count,
        "mpack_bytes": findings.mpack_bytes,
        "commits": findings.commit_count,
        "damaged": damaged,
        "missing": missing(&findings.missing),
        "forgotten": missing(&findings.forgotten),
    })
}

/// The error for damage that is left.
///
/// # Errors
/// Where something is damaged or missing.
pub(super) fn verdict(findings: &Findings, was_repaired: bool) -> Result<(), CliError> {
    if findings.is_sound() {
        return Ok(());
    }
    let message = format!(
        "the repository is damaged: {} damaged, {} missing",
        counted(findings.damaged.len() as u64, "file"),
        counted(findings.missing.len() as u64, "thing")
    );
    let error = CliError::new(ErrorKind::Damaged, message);
    let mut missing = findings.missing.iter();
    let is_tip = missing.any(|one| one.kind == "commit" && matches!(one.need, Need::Ref(_)));
    let mut damaged = findings.damaged.iter();
    let has_settings = damaged.any(|damage| damage.path.ends_with("config.toml"));
    Err(match was_repaired {
        true if has_settings => error.with_hint("settings are written by people: mend their file"),
        true if findings.missing.is_empty() => error,
        true if is_tip => error
            .with_hint("no remote gave what is missing; another copy may have it")
            .with_hint("`muse reset REF@{1}` or `muse undo` goes back to a commit that is here"),
        true => error.with_hint("no remote gave what is missing; another copy may have it"),
        false => error.with_hint(
            "`muse fsck --repair` saves what is sound, and gets the rest from the remotes",
        ),
    })
}
