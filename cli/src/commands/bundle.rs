//! `muse bundle`: commits in a file, for a way without a server.

use std::path::{Path, PathBuf};

use muse_wire::id::CommitId;
use muse_wire::quote::quote_path;
use serde_json::json;

use crate::repository::{Head, Repository};
use crate::sync::{BundleContents, create_bundle, verify_bundle};
use crate::ui::completion::Completes;
use crate::ui::connect::open_bundle;
use crate::ui::context::Context;
use crate::ui::error::CliError;
use crate::ui::explain::Explain as _;
use crate::ui::quantity::{bytes, counted};

/// Arguments of `muse bundle`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  muse bundle create notes.bundle
    Write all branches and tags into a file.
  muse bundle list notes.bundle
    List what is in it.")]
pub struct BundleArgs {
    #[command(subcommand)]
    action: BundleAction,
}

#[derive(Debug, clap::Subcommand)]
enum BundleAction {
    /// Write branches and tags, with all commits that they need, into a file.
    ///
    /// `muse clone FILE` and `muse fetch`, with FILE as a remote's address, read it.
    #[command(after_help = "Examples:
  muse bundle create notes.bundle
    Write all branches and tags.
  muse bundle create new.bundle main v1.0
    Write a branch and a tag.")]
    Create {
        /// The file; one that is there is replaced.
        file: PathBuf,
        /// Branches and tags; all of them unless given. `A..B` is B without the commits of A, `^A`
        /// leaves out those of A: whoever reads the bundle must have them.
        #[arg(value_name = "REF", add = Completes::Ref)]
        refs: Vec<String>,
    },
    /// Check that a file is whole, and that this repository has what it builds on.
    #[command(after_help = "Examples:
  muse bundle verify notes.bundle
    Check every byte of a bundle.")]
    Verify {
        /// The file.
        file: PathBuf,
    },
    /// List the branches and tags in a file.
    #[command(after_help = "Examples:
  muse bundle list notes.bundle
    List the branches and tags of a bundle.")]
    List {
        /// The file.
        file: PathBuf,
    },
}

/// Runs `muse bundle`.
///
/// # Errors
/// If a name is unknown, or the file cannot be written or is not whole.
pub fn run(context: &Context, args: BundleArgs) -> Result<(), CliError> {
    match args.action {
        BundleAction::Create { file, refs } => create(context, &file, &refs),
        BundleAction::Verify { file } => verify(context, &file),
        BundleAction::List { file } => list(context, &file),
    }
}

fn create(context: &Context, file: &Path, refs: &[String]) -> Result<(), CliError> {
    let repository = context.repository()?;
    let contents = contents(&repository, refs)?;
    let written = create_bundle(&repository, &context.resolve(file), &contents, context)?;
    if context.json() {
        return context.printer.json(&json!({
            "file": file,
            "refs": written.header.refs,
            "requires": written.header.requires,
            "commits": written.commits,
            "objects": written.objects,
            "bytes": written.bytes,
        }));
    }
    context.printer.note(format_args!(
        "Wrote {}: {}, {}, {}, {}",
        quote_path(file),
        counted(written.header.refs.len() as u64, "ref"),
        counted(written.commits, "commit"),
        counted(written.objects, "object"),
        bytes(written.bytes),
    ));
    if let Some(requires) = requirements(&written.header.requires) {
        context.printer.note(requires);
    }
    Ok(())
}

/// What the arguments of `create` name.
fn contents(repository: &Repository, named: &[String]) -> Result<BundleContents, CliError> {
    let refs = repository.refs.read()?;
    let mut contents = BundleContents::default();
    for text in named {
        let (without, name) = match text.split_once("..") {
            Some((without, name)) => (Some(without), Some(name)),
            None => match text.strip_prefix('^') {
                Some(without) => (Some(without), None),
                None => (None, Some(text.as_str())),
            },
        };
        if let Some(without) = without {
            contents.without.push(repository.resolve(without)?);
        }
        let Some(name) = name else { continue };
        let name = match refs.head() {
            Head::Branch(branch) if matches!(name, "HEAD" | "") => branch.as_str(),
            _ => name,
        };
        let (found, _) = refs.find_shared(name).ok_or_else(|| {
            CliError::not_found(format!("there is no branch or tag {name:?}"))
                .with_hint("a bundle holds branches and tags: `muse branch` makes one")
        })?;
        contents.refs.push(found);
    }
    if contents.refs.is_empty() {
        let shared = refs
            .iter()
            .map(|(name, _)| name)
            .filter(|name| name.is_shared());
        contents.refs = shared.cloned().collect();
    }
    Ok(contents)
}

fn verify(context: &Context, file: &Path) -> Result<(), CliError> {
    let bundle = open_bundle(context, &context.resolve(file))?;
    let nowhere;
    let repository = match context.repository() {
        Ok(repository) => repository,
        Err(_) if bundle.header().requires.is_empty() => {
            nowhere = tempfile::tempdir()
                .map_err(|error| CliError::io("cannot make a temporary directory", error))?;
            Repository::init(nowhere.path(), "main")?.into()
        }
        Err(error) => return Err(error),
    };
    let received = verify_bundle(&repository, &bundle).map_err(|error| error.explain(None))?;
    if context.json() {
        return context.printer.json(&json!({
            "file": file,
            "refs": bundle.header().refs,
            "requires": bundle.header().requires,
            "commits": received.commits,
            "objects": received.objects,
            "bytes": received.bytes,
        }));
    }
    context.printer.line(format_args!(
        "{} is whole: {}, {}, {}",
        quote_path(file),
        counted(bundle.header().refs.len() as u64, "ref"),
        counted(received.commits, "commit"),
        counted(received.objects, "object"),
    ))?;
    if let Some(requires) = requirements(&bundle.header().requires) {
        context
            .printer
            .line(format_args!("{requires}, which are here"))?;
    }
    Ok(())
}

fn list(context: &Context, file: &Path) -> Result<(), CliError> {
    let bundle = open_bundle(context, &context.resolve(file))?;
    let header = bundle.header();
    if context.json() {
        return context.printer.json(&json!({
            "default_branch": header.default_branch,
            "refs": header.refs,
            "requires": header.requires,
        }));
    }
    for entry in &header.refs {
        context
            .printer
            .line(format_args!("{} {}", entry.target, entry.name))?;
    }
    if let Some(requires) = requirements(&header.requires) {
        context.printer.note(requires);
    }
    Ok(())
}

/// What a bundle builds on, in words.
fn requirements(commits: &[CommitId]) -> Option<String> {
    let ids: Vec<String> = commits.iter().take(3).map(CommitId::short).collect();
    let more = match commits.len() {
        0 => return None,
        1..=3 => "",
        _ => ", …",
    };
    let count = counted(commits.len() as u64, "commit");
    Some(format!("It builds on {count}: {}{more}", ids.join(", ")))
}
