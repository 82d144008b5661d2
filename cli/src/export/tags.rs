//! Annotated tags.

use gix::objs::Kind;
use muse_wire::id::CommitId;
use muse_wire::name::RefName;

use super::commits::CommitWriter;
use super::error::ExportError;
use crate::git::{GIT_TAG, Said, tag_bytes};
use crate::repository::Repository;

/// Writes what the ref `name` names in git: for an annotated tag, `target` being what it names
/// here, a tag object, and else the commit.
pub(super) fn write(
    repository: &Repository,
    writer: &mut CommitWriter<'_>,
    name: &RefName,
    target: &CommitId,
) -> Result<gix::ObjectId, ExportError> {
    let Some(annotation) = repository.annotation(name, target)? else {
        return Ok(writer.git(target).expect("what refs name is exported"));
    };
    let tagged = writer.git(&annotation.parents[0]);
    let tagged = tagged.expect("what refs name is exported");
    let was = annotation.metadata.get(GIT_TAG);
    let said = Said::of(&annotation, was.is_some());
    let tags = tag_bytes(&said, name.short(), tagged);
    let mut tags = tags.map_err(ExportError::git("name a tag of"))?;
    let tag = tags.pop().expect("the tag itself");
    for inner in tags {
        writer.add(Kind::Tag, &inner)?;
    }
    writer.add_compared(Kind::Tag, tag, target, &annotation, was)
}
