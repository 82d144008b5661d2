//! `muse show`.

use std::path::Path;

use muse_wire::commit::Commit;
use muse_wire::name::RefName;
use muse_wire::quote::quote;

use crate::diff::{NewVersion, VersionReader, changes_between, pair_renames};
use crate::history::{AtPath, Decorations, at_path};
use crate::repository::{Repository, split_path};
use crate::ui::commit_text::{full, tag as tag_text, tag_to_json, to_json};
use crate::ui::completion::Completes;
use crate::ui::context::Context;
use crate::ui::diff_output::{DiffFormat, changes_to_json, print_changes};
use crate::ui::error::CliError;
use crate::ui::output::Output;
use crate::ui::pager::paged;
use crate::ui::printer::stdout_error;

/// Arguments of `muse show`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  muse show HEAD~1
    Show the commit before the last one, with its changes.
  muse show main:src/main.rs
    Print a file as it is on `main`.")]
pub struct ShowArgs {
    /// A commit, or `REV:PATH` for a file (or a directory's names) as it was in one; a PATH that
    /// starts with `./` or `../` is from where you are. For an annotated tag, what it says comes
    /// first.
    #[arg(
        value_name = "REV[:PATH]",
        add = Completes::RevisionWithPath,
        default_value = "HEAD",
        hide_default_value = true
    )]
    target: String,
    /// Show the changes at and below these paths alone.
    #[arg(last = true, value_name = "PATH", add = Completes::CommittedPath)]
    paths: Vec<String>,
    #[command(flatten)]
    format: DiffFormat,
}

/// Shows a commit and its changes against its first parent, after what an annotated tag says of it,
/// or a file.
///
/// # Errors
/// If the revision or the path is unknown.
pub fn run(context: &Context, args: ShowArgs) -> Result<(), CliError> {
    let repository = context.repository()?;
    let (revision, path) = split_path(&args.target);
    if let Some(path) = path {
        if !args.paths.is_empty() {
            return Err(CliError::usage(
                "`REV:PATH` is a file, which takes no other paths",
            ));
        }
        return show_path(context, &repository, revision, path);
    }
    let paths = args.paths.iter();
    let paths: Vec<String> = paths
        .map(|path| context.path_in(&repository, Path::new(path)))
        .collect::<Result<_, _>>()?;
    let tag = annotated_tag(&repository, revision)?;
    let id = repository.resolve(revision)?;
    let commit = repository.objects.commit(&id)?;
    let before = repository.objects.commit_tree(commit.parents.first())?;
    let mut changes = changes_between(&before, &repository.objects.tree(&commit.snapshot)?);
    if !paths.is_empty() {
        changes.retain(|change| change.is_at_or_below(&paths));
    }
    if args.format.with_renames() {
        changes = pair_renames(&repository, changes, NewVersion::Stored)?;
    }
    let decorations = Decorations::read(&repository)?;
    if context.json() {
        let mut json = to_json(&id, &commit, &decorations);
        json["changes"] = changes_to_json(&changes);
        if let Some((name, annotation)) = &tag {
            json["tag"] = tag_to_json(annotation);
            json["tag"]["name"] = name.short().into();
        }
        return context.printer.json(&json);
    }
    let palette = context.printer.palette();
    let mut heading = Vec::new();
    if let Some((name, annotation)) = &tag {
        heading.extend(tag_text(name, annotation, &palette));
        heading.push(String::new());
    }
    heading.extend(full(&id, &commit, &decorations, &palette));
    heading.push(String::new());
    let reader = VersionReader::new(&repository, NewVersion::Stored);
    print_changes(context, args.format, &heading, &changes, reader)
}

/// The annotated tag that is called so, and what it says; `None` if it is another revision.
fn annotated_tag(
    repository: &Repository,
    revision: &str,
) -> Result<Option<(RefName, Commit)>, CliError> {
    let Some((name, target)) = repository.find_ref(revision)? else {
        return Ok(None);
    };
    let annotation = repository.annotation(&name, &target)?;
    Ok(annotation.map(|annotation| (name, annotation)))
}

fn show_path(
    context: &Context,
    repository: &Repository,
    revision: &str,
    path: &str,
) -> Result<(), CliError> {
    let is_relative = matches!(path.split('/').next(), Some("." | ".."));
    let path = match is_relative {
        true => &context.path_in(repository, Path::new(path))?,
        false => path,
    };
    let commit = repository.resolve(revision)?;
    let tree = repository.objects.commit_tree(Some(&commit))?;
    match at_path(&tree, path) {
        AtPath::File(entry) => {
            let is_terminal = context.printer.options().stdout_is_terminal;
            let mut stdout = context.printer.stdout();
            let copied = Output::new(&mut **stdout, is_terminal)
                .contents(|out| repository.objects.copy_object(&entry.object, out))
                .map_err(stdout_error)?;
            Ok(copied?)
        }
        AtPath::Directory(names) => paged(context, |out| {
            names
                .iter()
                .try_for_each(|name| out.text(format_args!("{}\n", quote(name))))
                .map_err(stdout_error)
        }),
        AtPath::Nothing => {
            let path = quote(path.trim_end_matches('/'));
            Err(CliError::not_found(format!("{revision} has no {path}")))
        }
    }
}
