//! Recording what git's annotated tags say.

use std::collections::HashMap;

use gix::objs::{FindExt as _, Kind};
use muse_wire::id::CommitId;
use muse_wire::name::RefName;

use super::error::ImportError;
use super::git_object::GitTag;
use super::git_reader::{GitReader, Reading};
use super::losses::Losses;
use super::records::Imported;
use super::source::{Source, Tips};
use super::text::annotation;
use crate::repository::{Refs, Repository};
use crate::tags::{Annotation, NewAnnotation, record_annotations};

/// Records the annotated tags among `tips`, those that are new as one mpack. Returns the commits
/// that their refs have to name. A tag of a tag says what the outer one says of the commit.
pub(super) fn write(
    repository: &Repository,
    source: &Source,
    tips: &Tips,
    imported: &Imported,
    losses: &mut Losses,
) -> Result<HashMap<RefName, CommitId>, ImportError> {
    let mut reader = GitReader::new(source, Reading::Blobs);
    let mut annotations = Vec::new();
    let mut commits = HashMap::new();
    let refs = repository.refs.read()?;
    for tip in &tips.refs {
        let Some(id) = tip.annotation else {
            continue;
        };
        let raw = read(&mut reader, id)?;
        let tag = parse(id, &raw[0])?;
        let tagged = imported[&tip.commit];
        let commit = repository.objects.commit(&tagged)?;
        let nobody = (commit.author, commit.committed_at);
        let said = annotation(tip, &raw, &tag, nobody, losses);
        if let Some(present) = said_before(repository, &refs, &tip.name, tagged, &said)? {
            commits.insert(tip.name.clone(), present);
            continue;
        }
        let new = NewAnnotation::new(repository, &tip.name, tagged, said).map_err(|source| {
            ImportError::Tag {
                name: tip.name.clone(),
                source,
            }
        })?;
        commits.insert(tip.name.clone(), new.id());
        annotations.push(new);
    }
    record_annotations(repository, &annotations)?;
    Ok(commits)
}

/// The bytes of a tag, and of the tags that it is a tag of.
fn read(reader: &mut GitReader<'_>, tag: gix::ObjectId) -> Result<Vec<Vec<u8>>, ImportError> {
    let mut raw = Vec::new();
    let mut next = Some(tag);
    while let Some(id) = next {
        let mut buffer = Vec::new();
        let objects = &reader.repository()?.objects;
        let found = objects.find(&id, &mut buffer);
        found.map_err(ImportError::git(format!("tag {id}")))?;
        let tag = parse(id, &buffer)?;
        next = (tag.target_kind == Kind::Tag).then_some(tag.target);
        raw.push(buffer);
    }
    Ok(raw)
}

fn parse(id: gix::ObjectId, raw: &[u8]) -> Result<GitTag<'_>, ImportError> {
    GitTag::parse(raw).map_err(ImportError::git(format!("tag {id}")))
}

/// What the tag names already, if that says the same of the same commit. What an import keeps of
/// git beside it does not make it another tag.
fn said_before(
    repository: &Repository,
    refs: &Refs,
    name: &RefName,
    tagged: CommitId,
    said: &Annotation,
) -> Result<Option<CommitId>, ImportError> {
    let Some(present) = refs.get(name) else {
        return Ok(None);
    };
    let annotation = repository.annotation(name, &present)?;
    let is_same = annotation.is_some_and(|present| {
        present.parents[0] == tagged
            && present.author == said.tagger
            && present.committed_at == said.tagged_at
            && present.message == said.message
    });
    Ok(is_same.then_some(present))
}
