//! Brings the work tree from one snapshot to another, and never loses local changes.

mod commit;
mod first;
mod left_out;
mod objects;
mod placement;
mod plan;
mod prepared;
mod reason;
mod restore;
mod room;
mod stats;
mod switch;
mod writer;

pub use commit::{CheckoutTarget, check_out, check_out_prepared, finish_checkout, undo_checkout};
pub use first::FirstCheckout;
pub use left_out::{LeftOutFile, left_out_files};
pub use prepared::PreparedFiles;
pub use reason::LeftOutReason;
pub use restore::restore_files;
pub use stats::CheckoutStats;
pub use switch::{LocalChanges, switch_tree};
pub use writer::FileWriter;

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::atomic::{AtomicBool, Ordering};

    use muse_wire::id::CommitId;
    use muse_wire::snapshot::{Entry, Tree};
    use rustix::fs::{CWD, RenameFlags, renameat_with};

    use super::*;
    use crate::testing::Sandbox;
    use crate::worktree::WorktreeError;
    use crate::worktree::scan::scan;

    /// Two commits that differ in every way, with the files as in the second.
    fn two_commits(sandbox: &Sandbox) -> (CommitId, CommitId) {
        for path in [
            "same",
            "changed",
            "gone",
            "deep/er/gone",
            "file-to-dir",
            "dir-to-file/x",
            "mode",
            "to-link",
        ] {
            sandbox.write_file(path, format!("{path} one"));
        }
        let one = sandbox.commit();
        for path in [
            "gone",
            "deep/er/gone",
            "file-to-dir",
            "dir-to-file/x",
            "to-link",
        ] {
            sandbox.remove_file(path);
        }
        fs::remove_dir_all(sandbox.path("deep")).expect("empty");
        fs::remove_dir(sandbox.path("dir-to-file")).expect("empty");
        for path in ["changed", "file-to-dir/x", "dir-to-file", "new/file"] {
            sandbox.write_file(path, format!("{path} two"));
        }
        sandbox.make_executable("mode");
        sandbox.link("to-link", "same");
        (one, sandbox.commit())
    }

    /// All files below the root, without `.muse`, with their contents or link targets.
    fn files(sandbox: &Sandbox) -> Vec<(String, Option<Entry>)> {
        let mut scan = scan(&sandbox.repository, &Tree::empty()).expect("readable");
        scan.read_all(&sandbox.repository).expect("readable");
        scan.changed
            .iter()
            .map(|file| (file.path.to_string(), file.after()))
            .collect()
    }

    fn listing(sandbox: &Sandbox, commit: CommitId) -> Vec<(String, Option<Entry>)> {
        let entries = sandbox.tree(&commit).entries().into_iter();
        entries
            .map(|(path, entry)| (path.to_string(), Some(entry)))
            .collect()
    }

    #[test]
    fn there_and_back_again() {
        let sandbox = Sandbox::new();
        let (one, two) = two_commits(&sandbox);
        sandbox
            .switch(two, one, LocalChanges::Keep)
            .expect("no local changes");
        assert_eq!(files(&sandbox), listing(&sandbox, one));
        assert!(!sandbox.path("new").exists(), "an emptied directory stayed");
        let stats = sandbox
            .switch(one, two, LocalChanges::Keep)
            .expect("no local changes");
        assert_eq!(files(&sandbox), listing(&sandbox, two));
        assert_eq!((stats.written, stats.removed), (6, 4));
        assert_eq!(sandbox.changes(), [""; 0]);
    }

    #[test]
    fn unrelated_changes_stay_and_others_stop_it_untouched() {
        let sandbox = Sandbox::new();
        let (one, two) = two_commits(&sandbox);
        sandbox.write_file("same", "edited");
        sandbox.write_file("untracked", "mine");
        sandbox
            .switch(two, one, LocalChanges::Keep)
            .expect("nothing in the way");
        assert_eq!(sandbox.read_file("same"), "edited");
        assert_eq!(sandbox.read_file("untracked"), "mine");

        sandbox.write_file("changed", "edited");
        sandbox.write_file("new/file", "untracked, and in the way");
        sandbox.write_file("dir-to-file/untracked", "would be lost with its directory");
        let before = files(&sandbox);
        let refused = sandbox.switch(one, two, LocalChanges::Keep);
        let Err(WorktreeError::WouldOverwrite(paths)) = refused else {
            panic!("{refused:?}");
        };
        let paths: Vec<&str> = paths.iter().map(|path| path.as_str()).collect();
        assert_eq!(paths, ["changed", "dir-to-file/untracked", "new/file"]);
        assert_eq!(files(&sandbox), before);
    }

    #[test]
    fn runs_again_after_an_interruption() {
        let sandbox = Sandbox::new();
        let (one, two) = two_commits(&sandbox);
        // As after a crash on the way to `one`: some files are there already, some are gone, some
        // were not reached.
        sandbox.write_file("changed", "changed one");
        sandbox.remove_file("to-link");
        sandbox.remove_file("new/file");
        sandbox.write_file("gone", "gone one");
        sandbox
            .switch(two, one, LocalChanges::Keep)
            .expect("nothing in the way");
        assert_eq!(files(&sandbox), listing(&sandbox, one));
    }

    #[test]
    fn nothing_is_written_or_removed_through_a_link() {
        let sandbox = Sandbox::new();
        sandbox.write_file("dir/a", "a one");
        sandbox.write_file("dir/b", "b");
        let one = sandbox.commit();
        sandbox.write_file("dir/a", "a two");
        sandbox.remove_file("dir/b");
        let two = sandbox.commit();
        let outside = tempfile::tempdir().expect("a temporary directory");
        fs::write(outside.path().join("a"), "not ours").expect("writable");
        fs::write(outside.path().join("b"), "not ours").expect("writable");
        fs::remove_dir_all(sandbox.path("dir")).expect("there");
        sandbox.link("dir", outside.path().to_str().expect("UTF-8"));
        for (from, to) in [(two, one), (one, two)] {
            let refused = sandbox.switch(from, to, LocalChanges::Keep);
            assert!(
                matches!(refused, Err(WorktreeError::WouldOverwrite(_))),
                "{refused:?}"
            );
        }
        // The link itself makes way.
        sandbox
            .switch(two, one, LocalChanges::Discard)
            .expect("replaced");
        assert_eq!(sandbox.read_file("dir/a"), "a one");
        for name in ["a", "b"] {
            let contents = fs::read_to_string(outside.path().join(name));
            assert_eq!(contents.expect("still there"), "not ours");
        }
    }

    #[test]
    fn a_directory_that_becomes_a_link_during_the_checkout_leads_nowhere() {
        let sandbox = Sandbox::new();
        for number in 0..20 {
            sandbox.write_file(&format!("dir/sub/{number}"), "one");
        }
        let one = sandbox.commit();
        for number in 0..20 {
            match number % 2 {
                0 => sandbox.write_file(&format!("dir/sub/{number}"), "two"),
                _ => sandbox.remove_file(&format!("dir/sub/{number}")),
            }
        }
        let two = sandbox.commit();
        let outside = tempfile::tempdir().expect("a temporary directory");
        fs::create_dir(outside.path().join("sub")).expect("writable");
        for number in 0..20 {
            fs::write(outside.path().join(format!("sub/{number}")), "not ours").expect("writable");
        }
        let link = sandbox.path("link");
        std::os::unix::fs::symlink(outside.path(), &link).expect("writable");
        let is_over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let exchange = || {
                    let flags = RenameFlags::EXCHANGE;
                    // It fails while the checkout has the directory removed.
                    let _ = renameat_with(CWD, &link, CWD, sandbox.path("dir"), flags);
                };
                while !is_over.load(Ordering::Relaxed) {
                    exchange();
                    std::thread::yield_now();
                }
            });
            for _ in 0..100 {
                for (from, to) in [(two, one), (one, two)] {
                    // Whether it gets through is a matter of luck.
                    let _ = sandbox.switch(from, to, LocalChanges::Discard);
                }
            }
            is_over.store(true, Ordering::Relaxed);
        });
        for number in 0..20 {
            let contents = fs::read_to_string(outside.path().join(format!("sub/{number}")));
            assert_eq!(contents.expect("still there"), "not ours");
        }
        assert_eq!(
            outside
                .path()
                .join("sub")
                .read_dir()
                .expect("there")
                .count(),
            20
        );
    }

    #[test]
    fn discarding_makes_every_tracked_file_as_committed() {
        let sandbox = Sandbox::new();
        let (one, two) = two_commits(&sandbox);
        sandbox.write_file("same", "edited");
        sandbox.write_file("changed", "edited");
        sandbox.write_file("untracked", "mine");
        sandbox.remove_file("mode");
        sandbox
            .switch(two, one, LocalChanges::Discard)
            .expect("nothing stops it");
        let mut expected = listing(&sandbox, one);
        let mine = files(&sandbox)
            .into_iter()
            .find(|(path, _)| path == "untracked");
        expected.extend(mine);
        assert_eq!(files(&sandbox), expected);
    }
}
