//! Recording what git's annotated tags say.

use std::collections::HashMap;

use gix::objs::FindExt as _;
use muse_wire::id::CommitId;
use muse_wire::name::RefName;

use super::error::ImportError;
use super::git_reader::{GitReader, Reading};
use super::losses::Losses;
use super::records::Imported;
use super::source::{Source, Tips};
use super::text::annotation;
use crate::repository::Repository;
use crate::tags::{NewAnnotation, record_annotations};

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
    let mut buffer = Vec::new();
    let mut annotations = Vec::new();
    let mut commits = HashMap::new();
    for tip in &tips.refs {
        let Some(id) = tip.annotation else {
            continue;
        };
        let tag = reader
            .repository()?
            .objects
            .find_tag(&id, &mut buffer)
            .map_err(ImportError::git(format!("tag {id}")))?;
        let tagged = imported[&tip.commit];
        let commit = repository.objects.commit(&tagged)?;
        let said = annotation(&tag, (commit.author, commit.committed_at), losses);
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
