//! Two versions of one file.

use std::collections::BTreeMap;

use muse_wire::id::ObjectId;
use muse_wire::path::RepoPath;
use muse_wire::snapshot::Entry;

use super::conflict::ConflictKind;
use super::item::{BASE, OURS, THEIRS, is_link};
use super::labels::Labels;
use super::text::{MARKER_LENGTH, Markers, MergedText, merge_text};
use crate::diff::is_binary;
use crate::diff::renames::ContentSource;
use crate::repository::{ObjectStore, RepositoryError};

/// Larger files are not read to be merged.
const MAX_TEXT_BYTES: u64 = 64 * 1024 * 1024;

/// What contents are: those of the repository, and those that the merge makes.
pub(super) struct Contents<'a> {
    objects: &'a ObjectStore,
    made: BTreeMap<ObjectId, Vec<u8>>,
}

/// Where and how a file is merged.
pub(super) struct Place<'a> {
    /// Where each version stands: base, ours, theirs.
    pub(super) paths: [&'a RepoPath; 3],
    pub(super) labels: Labels<'a>,
    pub(super) depth: usize,
    /// How many signs more than usual a marker has, since the outcome may be merged again.
    pub(super) longer_markers: usize,
}

/// The outcome for one file.
pub(super) struct MergedFile {
    /// What stands there; nothing only at a depth, where the base has nothing.
    pub(super) entry: Option<Entry>,
    pub(super) problem: Option<ConflictKind>,
}

impl<'a> Contents<'a> {
    pub(super) const fn new(objects: &'a ObjectStore) -> Self {
        Self {
            objects,
            made: BTreeMap::new(),
        }
    }

    /// Merges two files or two links, of which the base may have neither.
    pub(super) fn merge(
        &mut self,
        base: Option<Entry>,
        ours: Entry,
        theirs: Entry,
        place: &Place<'_>,
    ) -> Result<MergedFile, RepositoryError> {
        let base_kind = base.map(|base| base.kind);
        let (kind, mut problem) = if ours.kind == theirs.kind || base_kind == Some(ours.kind) {
            (theirs.kind, None)
        } else {
            let is_clean = base_kind == Some(theirs.kind);
            (ours.kind, (!is_clean).then_some(ConflictKind::Mode))
        };
        let base_object = base.map(|base| base.object);
        let file = |object| Some(Entry { kind, object });
        let entry = if ours.object == theirs.object || base_object == Some(ours.object) {
            file(theirs.object)
        } else if base_object == Some(theirs.object) {
            file(ours.object)
        } else if is_link(ours) {
            problem = Some(ConflictKind::Symlink);
            match place.depth {
                0 => file(ours.object),
                _ => base,
            }
        } else {
            let base = base.filter(|base| !is_link(*base)).map(|base| base.object);
            let versions = [base, Some(ours.object), Some(theirs.object)];
            match self.merge_texts(versions, place)? {
                Some(merged) => {
                    if !merged.is_clean {
                        problem = Some(ConflictKind::Content);
                    }
                    file(self.add(merged.text))
                }
                None if place.depth == 0 => {
                    problem = Some(ConflictKind::Binary);
                    file(ours.object)
                }
                None => match base {
                    Some(base) => file(base),
                    None => file(self.add(Vec::new())),
                },
            }
        };
        Ok(MergedFile { entry, problem })
    }

    /// Merges texts; `None` if one is none.
    fn merge_texts(
        &self,
        versions: [Option<ObjectId>; 3],
        place: &Place<'_>,
    ) -> Result<Option<MergedText>, RepositoryError> {
        let mut texts = [const { Vec::new() }; 3];
        for (text, id) in texts.iter_mut().zip(versions) {
            match id {
                None => {}
                Some(id) => match self.text(&id)? {
                    Some(contents) => *text = contents,
                    None => return Ok(None),
                },
            }
        }
        let paths = place.paths;
        let label = |index: usize, label: &str| match paths.iter().all(|path| *path == paths[0]) {
            true => label.to_owned(),
            false => format!("{label}:{}", paths[index].as_str()),
        };
        let (ours, theirs) = (
            label(OURS, place.labels.ours),
            label(THEIRS, place.labels.theirs),
        );
        let markers = Markers {
            ours: &ours,
            base: &label(BASE, place.labels.base),
            theirs: &theirs,
            length: MARKER_LENGTH + place.longer_markers,
        };
        let [base, ours, theirs] = &texts;
        Ok(Some(merge_text(base, ours, theirs, &markers)))
    }

    /// The contents, if they are a text that can be merged. What a server withholds is none.
    fn text(&self, id: &ObjectId) -> Result<Option<Vec<u8>>, RepositoryError> {
        match self.length(id)? {
            None => match self.objects.missing_object(id) {
                RepositoryError::Withheld { .. } => Ok(None),
                error => Err(error),
            },
            Some(length) if length > MAX_TEXT_BYTES => Ok(None),
            Some(_) => Ok(Some(self.read(id)?).filter(|contents| !is_binary(contents))),
        }
    }

    fn add(&mut self, contents: Vec<u8>) -> ObjectId {
        let id = ObjectId::of(&contents);
        self.made.insert(id, contents);
        id
    }

    /// Those of the named contents that the repository does not have.
    pub(super) fn into_new_objects(
        mut self,
        named: impl Iterator<Item = ObjectId>,
    ) -> Result<BTreeMap<ObjectId, Vec<u8>>, RepositoryError> {
        let mut new = BTreeMap::new();
        for id in named {
            if let Some(contents) = self.made.remove(&id)
                && !self.objects.has_object(&id)?
            {
                new.insert(id, contents);
            }
        }
        Ok(new)
    }
}

impl ContentSource for Contents<'_> {
    fn length(&self, id: &ObjectId) -> Result<Option<u64>, RepositoryError> {
        match self.made.get(id) {
            Some(contents) => Ok(Some(contents.len() as u64)),
            None => self.objects.object_length(id),
        }
    }

    fn read(&self, id: &ObjectId) -> Result<Vec<u8>, RepositoryError> {
        match self.made.get(id) {
            Some(contents) => Ok(contents.clone()),
            None => self.objects.read_object(id),
        }
    }
}
