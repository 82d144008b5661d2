//! The first checkout, into a directory that holds nothing yet.

use std::collections::BTreeSet;
use std::iter;

use muse_wire::id::ObjectId;
use muse_wire::snapshot::Tree;

use super::left_out::{LeftOut, without};
use super::room;
use super::stats::CheckoutStats;
use super::writer::FileWriter;
use crate::report::Reporter;
use crate::repository::{Layout, LockedRepository, StatCacheBuilder, Withheld};
use crate::worktree::error::Result;
use crate::worktree::name_probe::{DiskProbe, NameProbe};

/// The first checkout of a repository. Its writer takes objects from elsewhere, in any order, and
/// before they are known to be right: if one is wrong, the caller removes the whole directory.
pub struct FirstCheckout {
    writer: FileWriter,
    left_out: LeftOut,
}

impl FirstCheckout {
    /// Prepares to write `tree`, but for files whose contents are `withheld`. The work tree holds
    /// nothing but `.muse`. `length_of` gives the lengths of objects, as far as they are known.
    /// `other_bytes` are what else is still to be written to the disk.
    ///
    /// # Errors
    /// [`crate::worktree::WorktreeError::NoRoom`], or if directories cannot be created.
    pub fn new(
        layout: &Layout,
        tree: &Tree,
        withheld: &Withheld,
        length_of: impl Fn(&ObjectId) -> Option<u64>,
        other_bytes: u64,
    ) -> Result<Self> {
        let probe = DiskProbe::new(layout.temporary_dir());
        Self::with_probe(layout, tree, withheld, length_of, other_bytes, &probe)
    }

    fn with_probe(
        layout: &Layout,
        tree: &Tree,
        withheld: &Withheld,
        length_of: impl Fn(&ObjectId) -> Option<u64>,
        other_bytes: u64,
        probe: &dyn NameProbe,
    ) -> Result<Self> {
        let mut left_out = LeftOut::of(tree, layout.root(), probe)?;
        left_out.add_withheld(tree, withheld);
        let files = without(tree, left_out.paths()).entries();
        let lengths = files
            .iter()
            .filter_map(|(_, entry)| length_of(&entry.object));
        let needed_bytes = lengths.fold(other_bytes, u64::saturating_add);
        room::check(layout.root(), needed_bytes, iter::empty())?;
        Ok(Self {
            writer: FileWriter::new(layout.root(), files)?,
            left_out,
        })
    }

    /// Takes the objects.
    pub const fn writer(&self) -> &FileWriter {
        &self.writer
    }

    /// Ends the checkout once all objects have come. Notes what was written in the stat cache, and
    /// names and notes what was left out.
    ///
    /// # Errors
    /// If an object has not come, or something cannot be written.
    pub fn finish(
        self,
        locked: &mut LockedRepository<'_>,
        reporter: &dyn Reporter,
    ) -> Result<CheckoutStats> {
        let Self {
            writer,
            mut left_out,
        } = self;
        let written = writer.finish(&locked.layout)?;
        let mut cache = StatCacheBuilder::default();
        for file in &written.settled {
            cache.add(&file.path, &file.stat, &file.object);
        }
        locked.write_stat_cache(cache)?;
        left_out.add_refused(written.refused);
        locked.write_left_out(left_out.paths().cloned().collect())?;
        left_out.warn(&BTreeSet::new(), reporter);
        Ok(CheckoutStats {
            written: written.count,
            written_bytes: written.bytes,
            removed: 0,
            left_out: left_out.count(),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;
    use crate::testing::{Sandbox, Warnings};

    struct Folding;

    impl NameProbe for Folding {
        fn is_one(&self, _: &str, _: &str) -> io::Result<bool> {
            Ok(true)
        }
    }

    #[test]
    fn a_withheld_object_does_not_stop_a_clone() {
        let sandbox = Sandbox::new();
        let files = [("a/copy", "gone"), ("a/file", "here"), ("other", "gone")];
        let commit = sandbox.add_commit(&[], &files);
        let (layout, tree) = (&sandbox.repository.layout, sandbox.tree(&commit));
        let gone = ObjectId::of(b"gone");
        let withheld = Withheld::from([(gone, "order 7".to_owned())]);
        let checkout = FirstCheckout::new(layout, &tree, &withheld, |_| None, 0).expect("writable");
        assert!(!checkout.writer().wants(&gone));
        let given = checkout
            .writer()
            .object(&ObjectId::of(b"here"), 4, 0, b"here");
        given.expect("writable");
        let said = Warnings::default();
        let mut locked = sandbox.repository.lock().expect("no other process uses it");
        let stats = checkout.finish(&mut locked, &said).expect("all came");
        drop(locked);
        assert_eq!((stats.written, stats.left_out), (1, 2));
        assert_eq!(
            said.all(),
            [
                "left out of the work tree: a/copy (withheld by the server: order 7), \
                 other (withheld by the server: order 7)"
            ]
        );
        sandbox.set_ref("refs/heads/main", commit);
        assert_eq!(sandbox.changes(), [""; 0]);
    }

    #[test]
    fn twins_do_not_stop_a_clone() {
        let sandbox = Sandbox::new();
        let files = [(".git/config", "1"), ("README", "2"), ("readme", "3")];
        let commit = sandbox.add_commit(&[], &files);
        let (layout, tree) = (&sandbox.repository.layout, sandbox.tree(&commit));
        let checkout =
            FirstCheckout::with_probe(layout, &tree, &Withheld::new(), |_| None, 0, &Folding);
        let checkout = checkout.expect("writable");
        assert!(
            !checkout.writer().wants(&ObjectId::of(b"3")),
            "it is not needed"
        );
        let given = checkout.writer().object(&ObjectId::of(b"2"), 1, 0, b"2");
        given.expect("writable");
        let said = Warnings::default();
        let mut locked = sandbox.repository.lock().expect("no other process uses it");
        let stats = checkout.finish(&mut locked, &said).expect("all came");
        drop(locked);
        assert_eq!((stats.written, stats.left_out), (1, 2));
        assert_eq!(
            said.all(),
            [
                "left out of the work tree: .git/config (other programs could take it for `.git` \
                 and obey it), readme (the same name as README here)"
            ]
        );
        assert_eq!(sandbox.read_file("README"), "2");
        assert!(!sandbox.path(".git").exists());
        sandbox.set_ref("refs/heads/main", commit);
        assert_eq!(sandbox.changes(), [""; 0]);
    }
}
