//! Commits as people and programs read them.

use muse_wire::commit::{Author, Commit, Signature};
use muse_wire::id::CommitId;
use muse_wire::name::RefName;

use super::palette::Palette;
use super::style::Style;
use super::time;
use crate::history::{Decoration, Decorations};

/// One line: id, refs and subject.
pub fn oneline(
    id: &CommitId,
    commit: &Commit,
    decorations: &Decorations,
    palette: &Palette,
) -> String {
    let style = palette.id;
    format!(
        "{style}{}{style:#}{} {}",
        id.short(),
        refs(&decorations.of(id), palette),
        commit.subject()
    )
}

/// A header, an empty line and the indented message.
pub fn full(
    id: &CommitId,
    commit: &Commit,
    decorations: &Decorations,
    palette: &Palette,
) -> Vec<String> {
    let style = palette.id;
    let mut lines = vec![format!(
        "{style}commit {id}{style:#}{}",
        refs(&decorations.of(id), palette)
    )];
    if commit.parents.len() > 1 {
        let parents: Vec<String> = commit.parents.iter().map(CommitId::short).collect();
        lines.push(format!("Merge:  {}", parents.join(" ")));
    }
    lines.extend(text("Author", commit));
    lines
}

/// The signatures of a commit, a line each, as [`full`] has other facts.
pub fn signatures(id: &CommitId, signatures: &[Signature]) -> Vec<String> {
    let line = |one: &Signature| {
        let verdict = if one.verifies(id) { "good" } else { "BAD" };
        format!("Signed: {verdict}, by {}", one.public_key)
    };
    match signatures {
        [] => vec!["Signed: no".to_owned()],
        signatures => signatures.iter().map(line).collect(),
    }
}

/// The same for programs.
pub fn signatures_to_json(id: &CommitId, signatures: &[Signature]) -> serde_json::Value {
    let signatures = signatures.iter();
    signatures
        .map(|one| {
            let key = one.public_key.to_string();
            serde_json::json!({"public_key": key, "good": one.verifies(id)})
        })
        .collect()
}

/// What an annotated tag says, in the form of [`full`]. `annotation` is the commit that it is
/// stored as.
pub fn tag(name: &RefName, annotation: &Commit, palette: &Palette) -> Vec<String> {
    let (style, name) = (palette.tag, name.short());
    let mut lines = vec![format!("{style}tag {name}{style:#}")];
    lines.extend(text("Tagger", annotation));
    lines
}

/// Who, when, an empty line and the indented message.
fn text(role: &str, commit: &Commit) -> Vec<String> {
    let Author { name, email } = &commit.author;
    let mut lines = vec![
        format!("{role}: {name} <{email}>"),
        format!("Date:   {}", time::format(commit.committed_at)),
        String::new(),
    ];
    let message = commit.message.trim_end().lines();
    lines.extend(message.map(|line| format!("    {line}").trim_end().to_owned()));
    lines
}

/// What programs read.
pub fn to_json(id: &CommitId, commit: &Commit, decorations: &Decorations) -> serde_json::Value {
    let decorations = decorations.of(id);
    let names: Vec<&str> = decorations
        .iter()
        .filter_map(|decoration| match decoration {
            Decoration::Head(None) => Some("HEAD"),
            Decoration::Head(Some(name))
            | Decoration::Branch(name)
            | Decoration::RemoteBranch(name)
            | Decoration::Tag(name) => Some(name),
            Decoration::Shallow => None,
        })
        .collect();
    serde_json::json!({
        "commit": id,
        "parents": commit.parents,
        "shallow": decorations.contains(&Decoration::Shallow),
        "snapshot": commit.snapshot,
        "author": {"name": commit.author.name, "email": commit.author.email},
        "committed_at": time::format_rfc3339(commit.committed_at),
        "message": commit.message,
        "metadata": commit.metadata,
        "refs": names,
    })
}

/// What an annotated tag says, for programs.
pub fn tag_to_json(annotation: &Commit) -> serde_json::Value {
    let Author { name, email } = &annotation.author;
    serde_json::json!({
        "tagger": {"name": name, "email": email},
        "tagged_at": time::format_rfc3339(annotation.committed_at),
        "message": annotation.message,
    })
}

/// What refs are called beside a commit.
pub fn ref_names(decorations: &[Decoration]) -> Vec<String> {
    named(decorations, &Palette::new(false))
}

/// ` (HEAD -> main, tag: v1)`, or nothing.
fn refs(decorations: &[Decoration], palette: &Palette) -> String {
    if decorations.is_empty() {
        return String::new();
    }
    format!(" ({})", named(decorations, palette).join(", "))
}

fn named(decorations: &[Decoration], palette: &Palette) -> Vec<String> {
    let paint = |style: Style, text: &str| format!("{style}{text}{style:#}");
    decorations
        .iter()
        .map(|decoration| match decoration {
            Decoration::Head(None) => paint(palette.head, "HEAD"),
            Decoration::Head(Some(branch)) => format!(
                "{} {}",
                paint(palette.head, "HEAD ->"),
                paint(palette.branch, branch)
            ),
            Decoration::Branch(name) => paint(palette.branch, name),
            Decoration::RemoteBranch(name) => paint(palette.remote_branch, name),
            Decoration::Tag(name) => paint(palette.tag, &format!("tag: {name}")),
            Decoration::Shallow => "shallow".to_owned(),
        })
        .collect()
}
