//! Git's notes are branches here, and notes in git again.

use muse_wire::name::RefName;

use crate::fixture::{Git, assert_comes_back, empty};

#[test]
fn notes_are_branches_and_come_back_as_notes() {
    let git = Git::init();
    git.write("file", "x");
    git.commit("first");
    git.run(&["notes", "add", "-m", "well done"]);
    git.run(&["notes", "--ref=review", "add", "-m", "looked at"]);
    git.write("file", "y");
    git.commit("second");
    git.run(&["notes", "add", "-m", "better"]);
    let (_directory, repository) = empty();
    let summary = git.import(&repository).expect("imports");
    assert_eq!(summary.warnings, [""; 0]);
    let refs = repository.refs.read().expect("reads");
    let names: Vec<_> = refs.iter().map(|(name, _)| name.short()).collect();
    assert_eq!(names, ["git-notes/commits", "git-notes/review", "main"]);
    let notes = repository.resolve("git-notes/commits").expect("resolves");
    let tree = repository.objects.commit_tree(Some(&notes)).expect("reads");
    assert_eq!(tree.file_count(), 2);
    assert_comes_back(&git);
}

#[test]
fn a_branch_that_would_become_notes_is_left_out_and_named() {
    let git = Git::init();
    git.commit("first");
    git.run(&["branch", "git-notes/own"]);
    git.run(&["branch", "notes/own"]);
    let (_directory, repository) = empty();
    let summary = git.import(&repository).expect("imports");
    assert_eq!(
        summary.warnings,
        [
            "1 ref(s) were skipped: refs/heads/git-notes/own (branches that begin with git-notes/ \
             are git's notes here)"
        ]
    );
    let refs = repository.refs.read().expect("reads");
    let own = RefName::branch("notes/own").expect("valid");
    assert!(refs.get(&own).is_some());
}
