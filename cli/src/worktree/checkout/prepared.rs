//! Large files that are written before the checkout that puts them in place: while their objects
//! are verified, so that these are read once.

use std::collections::HashMap;
use std::io::Write as _;
use std::iter;

use muse_wire::id::{CommitId, ObjectId};
use muse_wire::snapshot::EntryKind;

use super::placement::NewFile;
use super::room;
use crate::repository::{Layout, ObjectStore};
use crate::worktree::error::{Result, WorktreeError};

/// Files of a commit that may be checked out soon. Those that no checkout takes are removed with
/// this.
#[derive(Default)]
pub struct PreparedFiles {
    coming: Option<ComingCheckout>,
    files: HashMap<ObjectId, PreparedFile>,
}

/// From which commit to which one the files may go.
struct ComingCheckout {
    from: Option<CommitId>,
    to: CommitId,
    /// What differs between them, once that is known.
    wanted: Option<HashMap<ObjectId, EntryKind>>,
}

/// One file that is being written, or is complete.
pub struct PreparedFile {
    pub(super) new: NewFile,
    pub(super) kind: EntryKind,
    pub(super) length: u64,
}

impl PreparedFiles {
    /// None so far, for a checkout that leads from the commit `from` to the commit `to`.
    pub fn for_checkout(from: Option<CommitId>, to: CommitId) -> Self {
        Self {
            coming: Some(ComingCheckout {
                from,
                to,
                wanted: None,
            }),
            files: HashMap::new(),
        }
    }

    /// Starts a file of the object `id`, which has `length` bytes. `None` if the checkout does not
    /// need it, as far as `objects` tell, or the disk has no room for it, which the checkout will
    /// say.
    ///
    /// # Errors
    /// If the file cannot be created, or a tree cannot be read.
    pub fn begin(
        &mut self,
        layout: &Layout,
        objects: &ObjectStore,
        id: &ObjectId,
        length: u64,
    ) -> Result<Option<PreparedFile>> {
        let Some(coming) = &mut self.coming else {
            return Ok(None);
        };
        let Some(&kind) = coming.wanted(objects)?.and_then(|wanted| wanted.get(id)) else {
            return Ok(None);
        };
        // The checkout will ask for room for all files, these included.
        let lengths = self.files.values().map(|file| file.length);
        let prepared_bytes = lengths.fold(length, u64::saturating_add);
        let needed_bytes = prepared_bytes.saturating_add(length);
        let is_here = self.files.contains_key(id);
        if is_here || room::check(layout.root(), needed_bytes, iter::empty()).is_err() {
            return Ok(None);
        }
        let new = NewFile::stage(layout.temporary_dir(), kind)?;
        Ok(Some(PreparedFile { new, kind, length }))
    }

    /// Keeps a file whose bytes are known to be those of the object `id`.
    pub fn keep(&mut self, id: ObjectId, file: PreparedFile) {
        self.files.insert(id, file);
    }

    /// The files that are complete.
    pub(super) fn into_files(self) -> HashMap<ObjectId, PreparedFile> {
        self.files
    }
}

impl ComingCheckout {
    /// The files that the checkout needs; `None` as long as `objects` lack its commit.
    fn wanted(&mut self, objects: &ObjectStore) -> Result<Option<&HashMap<ObjectId, EntryKind>>> {
        if self.wanted.is_none() && objects.has_commit(&self.to)? {
            let from = objects.commit_tree(self.from.as_ref())?;
            let to = objects.commit_tree(Some(&self.to))?;
            let changes = from.diff(&to).into_iter();
            let entries = changes.filter_map(|change| change.entry);
            let files = entries.filter(|entry| entry.kind != EntryKind::Symlink);
            self.wanted = Some(files.map(|entry| (entry.object, entry.kind)).collect());
        }
        Ok(self.wanted.as_ref())
    }
}

impl PreparedFile {
    /// Adds the next bytes.
    ///
    /// # Errors
    /// If they cannot be written.
    pub fn write(&mut self, piece: &[u8]) -> Result<()> {
        let written = self.new.file.write_all(piece);
        written.map_err(WorktreeError::writing(self.new.path()))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::report::Silent;
    use crate::testing::Sandbox;
    use crate::worktree::checkout::{CheckoutTarget, check_out_prepared};
    use crate::worktree::{LocalChanges, WorktreeError};

    const LARGE: usize = 5 << 20;

    struct Story {
        sandbox: Sandbox,
        from: CommitId,
        to: CommitId,
        object: ObjectId,
    }

    impl Story {
        /// A small executable, and a commit in which it is large. The files are as in the first.
        fn new() -> Self {
            let sandbox = Sandbox::new();
            sandbox.write_file("tool", "small");
            sandbox.make_executable("tool");
            let from = sandbox.commit();
            sandbox.write_file("tool", vec![7; LARGE]);
            sandbox.write_file("copy", vec![7; LARGE]);
            let to = sandbox.commit();
            sandbox
                .switch(to, from, LocalChanges::Keep)
                .expect("no local changes");
            sandbox.set_ref("refs/heads/main", from);
            let object = ObjectId::of(&vec![7; LARGE]);
            Self {
                sandbox,
                from,
                to,
                object,
            }
        }

        fn prepare(&self, contents: &[u8]) -> PreparedFiles {
            let repository = &self.sandbox.repository;
            let mut prepared = PreparedFiles::for_checkout(Some(self.from), self.to);
            let begun = prepared.begin(
                &repository.layout,
                &repository.objects,
                &self.object,
                LARGE as u64,
            );
            let mut file = begun.expect("writable").expect("the checkout needs it");
            for piece in contents.chunks(1 << 20) {
                file.write(piece).expect("writable");
            }
            prepared.keep(self.object, file);
            prepared
        }

        fn check_out(&self, prepared: PreparedFiles) -> Result<()> {
            let repository = &self.sandbox.repository;
            let mut locked = repository.lock().expect("free");
            let target = CheckoutTarget {
                commit: Some(self.to),
                head: repository.refs.head().expect("readable"),
                edits: &[],
                cause: "test".into(),
            };
            let (keep, reporter) = (LocalChanges::Keep, &Silent);
            check_out_prepared(&mut locked, target, keep, prepared, reporter).map(drop)
        }

        fn staged_count(&self) -> usize {
            let temporary = self.sandbox.repository.layout.temporary_dir();
            temporary.read_dir().expect("there").count()
        }
    }

    #[test]
    fn a_checkout_takes_what_was_prepared() {
        let story = Story::new();
        // Other bytes, which nobody would prepare, tell where the file comes from.
        let marked = vec![8; LARGE];
        story.check_out(story.prepare(&marked)).expect("written");
        let read = |path: &str| std::fs::read(story.sandbox.path(path)).expect("written");
        let [tool, copy] = ["tool", "copy"].map(read);
        // One of the two is what was prepared, and the other one was read.
        assert!((tool == marked) != (copy == marked));
        assert!(tool == vec![7; LARGE] || copy == vec![7; LARGE]);
        let mode = |path: &str| {
            let metadata = story.sandbox.path(path).metadata().expect("written");
            metadata.permissions().mode() & 0o100
        };
        assert_eq!((mode("tool"), mode("copy")), (0o100, 0));
        assert_eq!(story.staged_count(), 0);
    }

    #[test]
    fn what_no_checkout_takes_is_removed() {
        let story = Story::new();
        let prepared = story.prepare(&vec![7; LARGE]);
        assert_eq!(story.staged_count(), 1);
        story.sandbox.write_file("tool", "edited");
        let refused = story.check_out(prepared);
        assert!(matches!(refused, Err(WorktreeError::WouldOverwrite(_))));
        assert_eq!(story.staged_count(), 0);
        assert_eq!(story.sandbox.read_file("tool"), "edited");
    }

    #[test]
    fn only_what_the_checkout_needs_is_prepared() {
        let story = Story::new();
        let repository = &story.sandbox.repository;
        let (layout, objects) = (&repository.layout, &repository.objects);
        let begin = |mut prepared: PreparedFiles, id: &ObjectId, length: u64| {
            let begun = prepared.begin(layout, objects, id, length);
            begun.expect("writable").is_some()
        };
        let there = || PreparedFiles::for_checkout(Some(story.from), story.to);
        assert!(begin(there(), &story.object, 1));
        assert!(!begin(there(), &ObjectId::of(b"small"), 1));
        assert!(!begin(there(), &story.object, u64::MAX));
        assert!(!begin(story.prepare(b"is here"), &story.object, 1));
        assert!(!begin(PreparedFiles::default(), &story.object, 1));
        let unknown = PreparedFiles::for_checkout(None, CommitId::from_bytes([1; 32]));
        assert!(!begin(unknown, &story.object, 1));
    }
}
