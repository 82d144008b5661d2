//! `muse tag`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use muse_wire::commit::Commit;
use muse_wire::id::CommitId;
use muse_wire::name::{RefName, TAGS};

use crate::history::list_refs;
use crate::repository::Repository;
use crate::sync::current_remote;
use crate::tags::{Annotation, create_tag, delete_tags};
use crate::ui::authorship::{author, committed_at};
use crate::ui::commit_message::{Message, MessageArgs};
use crate::ui::commit_text::tag_to_json;
use crate::ui::completion::Completes;
use crate::ui::context::Context;
use crate::ui::draft::Draft;
use crate::ui::error::CliError;
use crate::ui::pager::paged;
use crate::ui::printer::stdout_error;
use crate::ui::ref_listing::RefListingArgs;

/// Arguments of `muse tag`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  muse tag -m 'The first release' v1.0
    Make an annotated tag at the current commit.
  muse tag -l 'v1.*'
    List the tags that fit.")]
pub struct TagArgs {
    /// Tag to create; without one, the tags are listed.
    #[arg(conflicts_with_all = ["delete", "list", "subjects", "ref_listing"])]
    name: Option<String>,
    /// What it marks; the current commit unless given.
    #[arg(value_name = "REV", add = Completes::Revision)]
    revision: Option<String>,
    /// Make an annotated tag, which says who made it, when, and why. A tag with a message always is
    /// one; without a message, an editor opens.
    #[arg(short, long, requires = "name")]
    annotate: bool,
    #[command(flatten)]
    message: MessageArgs,
    /// Replace a tag of this name.
    #[arg(short, long, requires = "name")]
    force: bool,
    /// Delete tags here; `muse push --delete refs/tags/TAG` does so on a server.
    #[arg(
        short,
        long,
        value_name = "TAG",
        add = Completes::Tag,
        num_args = 1..,
        conflicts_with_all = ["list", "subjects", "ref_listing"]
    )]
    delete: Vec<String>,
    /// List the tags whose names fit PATTERN (`*` stands for slashes, too), or all. -v adds their
    /// commits.
    #[arg(short, long, value_name = "PATTERN", num_args = 0.., add = Completes::Tag)]
    list: Option<Vec<String>>,
    /// List them with the first line of their messages, or their commits'.
    #[arg(short = 'n', long)]
    subjects: bool,
    #[command(flatten)]
    listing: RefListingArgs,
}

/// Lists, creates or deletes tags.
///
/// # Errors
/// If a name is not allowed, is taken or unknown, or a revision is unknown.
pub fn run(context: &Context, args: TagArgs) -> Result<(), CliError> {
    let repository = context.repository()?;
    if let Some(name) = &args.name {
        create(context, &repository, name, &args)
    } else if args.message.is_given() {
        Err(CliError::usage(
            "a message is for a tag that is made, and none is named",
        ))
    } else if args.delete.is_empty() {
        list(context, &repository, &args)
    } else {
        delete(context, &repository, &args.delete)
    }
}

fn create(
    context: &Context,
    repository: &Repository,
    name: &str,
    args: &TagArgs,
) -> Result<(), CliError> {
    // What cannot be tagged is refused before anybody writes a message for it.
    let revision = args.revision.as_deref().unwrap_or("HEAD");
    repository.resolve(revision)?;
    let (annotation, message) = match args.annotate || args.message.is_given() {
        true => {
            let (annotation, message) = annotation(context, repository, &args.message)?;
            (Some(annotation), Some(message))
        }
        false => (None, None),
    };
    let tagged = create_tag(repository, name, revision, annotation, args.force)?;
    if let Some(message) = message {
        message.forget_draft();
    }
    if context.json() {
        return context.printer.json(&serde_json::json!({
            "name": tagged.name.short(),
            "ref": tagged.name,
            "commit": tagged.commit,
            "target": tagged.target,
            "old": tagged.old,
        }));
    }
    let (name, commit) = (tagged.name.short(), tagged.commit.short());
    match tagged.old {
        Some(old) if old != tagged.target => context.printer.note(format_args!(
            "Replaced tag {name} (it was at {}): it is at {commit} now.",
            old.short()
        )),
        _ => {
            let push = current_remote(repository)
                .map(|remote| format!(" `muse push {remote} {name}` sends it."))
                .unwrap_or_default();
            let note = format_args!("Made tag {name} at {commit}.{push}");
            context.printer.note(note);
        }
    }
    Ok(())
}

/// Who makes the tag, when, and the message that was given or comes from an editor on a terminal.
fn annotation(
    context: &Context,
    repository: &Repository,
    message: &MessageArgs,
) -> Result<(Annotation, Message), CliError> {
    let tagger = author(context, &context.config(repository)?)?;
    let tagged_at = committed_at(context)?;
    let message = message.get(context, repository, Draft::TAG, None)?;
    let annotation = Annotation {
        tagger,
        tagged_at,
        message: message.text.clone(),
        metadata: BTreeMap::new(),
    };
    Ok((annotation, message))
}

fn delete(context: &Context, repository: &Repository, names: &[String]) -> Result<(), CliError> {
    let deleted = delete_tags(repository, names)?;
    if context.json() {
        let deleted: Vec<_> = deleted
            .iter()
            .map(|(name, target)| {
                serde_json::json!({"name": name.short(), "ref": name, "target": target})
            })
            .collect();
        return context.printer.json(&deleted);
    }
    for (name, target) in deleted {
        let (name, target) = (name.short(), target.short());
        context.printer.note(format_args!(
            "Deleted tag {name} (it was at {target}). `muse tag {name} {target}` brings it back."
        ));
    }
    Ok(())
}

fn list(context: &Context, repository: &Repository, args: &TagArgs) -> Result<(), CliError> {
    let refs = repository.refs.read()?;
    let patterns = args.list.as_deref().unwrap_or_default();
    let filter = args.listing.filter(repository, patterns)?;
    let tags = refs.with_prefix(TAGS);
    let tags = tags.map(|(name, target)| (name.clone(), target));
    let tags = list_refs(repository, tags, &filter, args.listing.sort)?;
    if context.json() {
        let mut listed = Vec::with_capacity(tags.len());
        for (name, target) in tags {
            listed.push(Details::read(repository, &name, target)?.to_json(&name, target));
        }
        return context.printer.json(&listed);
    }
    let palette = context.printer.palette();
    let names = tags.iter().map(|(name, _)| name.short().chars().count());
    let width = names.max().unwrap_or(0);
    let has_ids = context.printer.is_verbose();
    paged(context, |out| {
        for (name, target) in &tags {
            let (style, short) = (palette.tag, name.short());
            let mut line = format!("{style}{short}{style:#}");
            if has_ids || args.subjects {
                line.push_str(&" ".repeat(width - short.chars().count()));
                let details = Details::read(repository, name, *target)?;
                if has_ids {
                    let style = palette.id;
                    let _ = write!(line, " {style}{}{style:#}", details.commit.short());
                }
                let _ = write!(line, " {}", details.subject);
            }
            out.text(format_args!("{line}\n")).map_err(stdout_error)?;
        }
        Ok(())
    })
}

/// What there is to say of a tag beside its name.
struct Details {
    /// The tagged commit.
    commit: CommitId,
    /// The first line of its message, or of its commit's.
    subject: String,
    /// What an annotated tag says.
    annotation: Option<Commit>,
}

impl Details {
    fn read(repository: &Repository, name: &RefName, target: CommitId) -> Result<Self, CliError> {
        let annotation = repository.annotation(name, &target)?;
        let (commit, subject) = match &annotation {
            Some(annotation) => (annotation.parents[0], annotation.subject().to_owned()),
            None => {
                let subject = repository.objects.commit(&target)?.subject().to_owned();
                (target, subject)
            }
        };
        Ok(Self {
            commit,
            subject,
            annotation,
        })
    }

    fn to_json(&self, name: &RefName, target: CommitId) -> serde_json::Value {
        serde_json::json!({
            "name": name.short(),
            "ref": name,
            "commit": self.commit,
            "target": target,
            "subject": self.subject,
            "annotation": self.annotation.as_ref().map(tag_to_json),
        })
    }
}
