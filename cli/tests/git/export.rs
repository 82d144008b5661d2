//! What was imported from git is in git again as it was, and what was made here gets there once.

use std::fs;

use muse::export::{ExportError, ExportOptions, LeftReason, export_git};
use muse::import::{ImportOptions, import_git};
use muse::report::Silent;
use muse_wire::name::RefName;

use crate::fixture::{Git, assert_comes_back, commit, empty, export, imported, nowhere, point};

/// A line that says who made a commit.
const PERSON: &str = "A <a@b> 1 +0000";

/// A git repository with one commit, of one file.
fn with_a_commit() -> Git {
    let git = Git::init();
    git.write("file", "x");
    git.commit("first");
    git
}

#[test]
fn a_history_comes_back_with_its_ids() {
    let git = Git::with_everything();
    git.run(&["tag", "-d", "tree"]);
    assert_comes_back(&git);
}

#[test]
fn submodules_come_back() {
    let git = with_a_commit();
    let target = git.run(&["rev-parse", "HEAD"]);
    let gitlink = |path: &str| format!("160000,{},{path}", target.trim());
    for path in ["lib/inner", "say \"x\" ü", "lib.txt"] {
        git.run(&["update-index", "--add", "--cacheinfo", &gitlink(path)]);
        git.run(&["commit", "-q", "-m", "a submodule"]);
    }
    git.write("lib/beside", "x");
    git.run(&["add", "lib/beside"]);
    git.run(&["commit", "-q", "-m", "beside it"]);
    git.run(&["rm", "-q", "--cached", "lib/inner"]);
    git.write("lib/inner", "a file");
    git.run(&["add", "lib/inner"]);
    git.run(&["commit", "-q", "-m", "a file in its place"]);
    git.run(&["rm", "-q", "lib/inner"]);
    git.write("lib/inner/deep", "a directory");
    git.run(&["add", "lib/inner"]);
    git.run(&["commit", "-q", "-m", "a directory in its place"]);
    git.run(&["rm", "-q", "--cached", "lib.txt"]);
    git.run(&["commit", "-q", "-m", "none in its place"]);
    assert_comes_back(&git);
}

#[test]
fn commits_that_say_odd_things_come_back() {
    let git = with_a_commit();
    let first = git.run(&["rev-parse", "HEAD"]);
    let tree = git.run(&["rev-parse", "HEAD^{tree}"]);
    let parent = format!("parent {first}");
    let plain = format!("author {PERSON}\ncommitter {PERSON}\n");
    let bytes = |text: &str| text.as_bytes().to_vec();
    let signed = "gpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----\n";
    let merged = "mergetag object 1\n type commit\n tag v1\n \n message\nencoding UTF-8\n";
    let long = "x".repeat(100_000);
    let commits = [
        (
            "latin",
            b"author \xc4 <a> 1 +0000\ncommitter \xd6 <a> 1 +0000\nencoding latin1\n\n\xfc\n"
                .to_vec(),
        ),
        (
            "bytes",
            b"author \xff <a> 1 +0000\ncommitter \xff <a> 1 +0000\n\n\xfe\n".to_vec(),
        ),
        (
            "zone",
            bytes("author A <a@b> 1 +5180\ncommitter A <a@b> 1 -0059\n\nm"),
        ),
        (
            "spaces",
            bytes("author  A  <a@b>  1 +0000\ncommitter <> 0 -0000\n\n\n m \n\n"),
        ),
        ("signed", bytes(&format!("{plain}{signed}\nm\n"))),
        (
            "headers",
            bytes(&format!("{plain}x-other 1\n{merged}\nm\n")),
        ),
        (
            "long-header",
            bytes(&format!("{plain}x-long {long}\n\nm\n")),
        ),
        ("twice", bytes(&format!("{parent}{plain}\nm\n"))),
        ("no-message", bytes(&format!("{plain}\n"))),
    ];
    for (branch, rest) in commits {
        let start = format!("tree {tree}{parent}");
        let id = git.object("commit", &[start.as_bytes(), &rest].concat());
        point(&git, &format!("refs/heads/{branch}"), &id);
    }
    assert_comes_back(&git);
}

#[test]
fn annotated_tags_come_back() {
    let git = with_a_commit();
    git.run(&["tag", "-a", "-m", "plain", "plain"]);
    git.run(&["tag", "-a", "-m", "of a tag", "outer", "plain"]);
    git.run(&["tag", "-a", "-m", "of a tag of a tag", "outermost", "outer"]);
    let target = git.run(&["rev-parse", "HEAD"]);
    let start = format!("object {target}type commit\n");
    let signature = "-----BEGIN PGP SIGNATURE-----\nx\n-----END PGP SIGNATURE-----\n";
    for (name, rest) in [
        (
            "signed",
            format!("tag signed\ntagger {PERSON}\n\nm\n{signature}"),
        ),
        (
            "no-newline",
            format!("tag no-newline\ntagger {PERSON}\n\nm"),
        ),
        ("no-tagger", "tag no-tagger\n\nm\n".to_owned()),
        ("other-name", format!("tag v1\ntagger {PERSON}\n\nm\n")),
    ] {
        let id = git.object("tag", format!("{start}{rest}").as_bytes());
        point(&git, &format!("refs/tags/{name}"), &id);
    }
    assert_comes_back(&git);
}

#[test]
fn modes_of_old_come_back() {
    let git = with_a_commit();
    let blob = git.run(&["rev-parse", "HEAD:file"]);
    let blob = blob.trim();
    let other = git.object("blob", b"y");
    let (inner, _) = git.forge_tree("inner", &[("100664", "z", blob)]);
    let entries = |mode, directory, id| {
        let file = (mode, "file", id);
        [
            file,
            (directory, "inner", inner.as_str()),
            ("100644", "other", blob),
        ]
    };
    for entries in [
        entries("100664", "40000", blob),
        entries("100664", "040000", blob),
        entries("100664", "040000", &other),
        entries("100644", "040000", &other),
        entries("100755", "40000", &other),
        entries("100775", "40000", &other),
    ] {
        git.forge_tree_upon("HEAD", &entries);
    }
    git.run(&["reset", "-q", "--hard"]);
    git.write("beside", "x");
    git.commit("git's modes stay where nothing changes");
    git.run(&["branch", "-D", "inner"]);
    assert_comes_back(&git);
}

#[test]
fn what_cannot_come_back_is_named() {
    let git = with_a_commit();
    let blob = git.run(&["rev-parse", "HEAD:file"]);
    let empty_tree = git.object("tree", b"");
    let entries = [
        ("40000", "empty", &*empty_tree),
        ("100644", "file", blob.trim()),
    ];
    let (_, odd) = git.forge_tree("main", &entries);
    git.run(&[
        "update-index",
        "--add",
        "--cacheinfo",
        &format!("100644,{},more", blob.trim()),
    ]);
    git.run(&["commit", "-q", "-m", "on it"]);
    let on_it = git.run(&["rev-parse", "HEAD"]);
    let (_directory, repository) = imported(&git);
    let (_target, path) = nowhere();
    let summary = export(&repository, &path);
    let changed = summary.changed.iter();
    let changed: Vec<_> = changed
        .map(|changed| (changed.was.as_str(), changed.is_inherited))
        .collect();
    assert_eq!(changed, [(odd.as_str(), false), (on_it.trim(), true)]);
    Git::at(&path).run(&["fsck", "--full", "--strict"]);
}

#[test]
fn what_was_made_here_is_the_same_in_git_whoever_exports_it() {
    let (_directory, repository) = empty();
    let source = Git::init();
    source.write("d/file", "one\n");
    source.commit("from git");
    let with_files = ImportOptions {
        checkout: true,
        ..ImportOptions::default()
    };
    import_git(&repository, source.path(), with_files, &Silent).expect("imports");
    let made = commit(&repository, "d/file", "two");
    let (_one, one) = nowhere();
    let (_two, two) = nowhere();
    assert_eq!(export(&repository, &one).changed, []);
    export(&repository, &two);
    let git = Git::at(&one);
    assert_eq!(git.refs(), Git::at(&two).refs());
    git.run(&["fsck", "--full", "--strict"]);
    assert_eq!(git.run(&["show", "main:d/file"]), "two");
    assert_eq!(
        git.run(&["log", "-1", "--format=%an|%B", "main"]),
        "Ada|made here\n\n"
    );
    assert_eq!(git.run(&["symbolic-ref", "HEAD"]), "refs/heads/main\n");

    // What git adds to it comes here as one commit more.
    let clone = Git::init();
    clone.run(&["pull", "-q", one.to_str().expect("UTF-8"), "main"]);
    clone.write("d/file", "three");
    clone.commit("in git");
    clone.run(&["push", "-q", one.to_str().expect("UTF-8"), "HEAD:main"]);
    let summary = git.import(&repository).expect("imports");
    assert_eq!(summary.commits, 1);
    let main = RefName::branch("main").expect("valid");
    let tip = repository.refs.read().expect("reads").get(&main);
    let tip = repository
        .objects
        .commit(&tip.expect("there"))
        .expect("reads");
    assert_eq!(tip.parents, [made]);
    let again = export(&repository, &one);
    assert_eq!(
        (again.objects, again.changed, again.moved),
        (0, vec![], vec![])
    );
}

#[test]
fn what_git_has_stays_unless_forced() {
    let source = with_a_commit();
    let (_directory, repository) = imported(&source);
    let (_target, path) = nowhere();
    export(&repository, &path);
    // Git goes on in its way, and so does the repository.
    let clone = Git::init();
    let url = path.to_str().expect("UTF-8");
    clone.run(&["pull", "-q", url, "main"]);
    clone.write("file", "git's");
    clone.commit("in git");
    clone.run(&["push", "-q", url, "HEAD:main"]);
    let gits = Git::at(&path).refs();
    source.write("file", "two");
    source.commit("second");
    source.import(&repository).expect("imports");
    let summary = export(&repository, &path);
    let left: Vec<_> = summary.left.iter().map(|left| left.reason).collect();
    assert_eq!(left, [LeftReason::Diverged]);
    assert_eq!(Git::at(&path).refs(), gits);
    let options = ExportOptions { force: true };
    let forced = export_git(&repository, &path, options, &Silent).expect("exports");
    assert_eq!((forced.left, forced.moved.len()), (vec![], 1));
    assert_eq!(Git::at(&path).refs(), source.refs());
}

#[test]
fn a_branch_that_is_checked_out_stays() {
    let source = with_a_commit();
    let (_directory, repository) = imported(&source);
    let clone = Git::init();
    clone.run(&["pull", "-q", source.path().to_str().expect("UTF-8"), "main"]);
    source.write("file", "two");
    source.commit("second");
    source.run(&["branch", "other"]);
    source.import(&repository).expect("imports");
    let summary = export(&repository, clone.path());
    let left: Vec<_> = summary.left.iter().map(|left| left.reason).collect();
    assert_eq!(left, [LeftReason::CheckedOut]);
    assert_eq!(summary.moved, [RefName::branch("other").expect("valid")]);
    assert_eq!(clone.run(&["status", "--porcelain"]), "");
}

#[test]
fn what_git_has_dropped_is_exported_again() {
    let source = with_a_commit();
    let (_directory, repository) = imported(&source);
    let (_target, path) = nowhere();
    export(&repository, &path);
    let git = Git::at(&path);
    git.run(&["update-ref", "-d", "refs/heads/main"]);
    git.run(&["gc", "-q", "--prune=now"]);
    assert_eq!(export(&repository, &path).commits, 1);
    assert_eq!(git.refs(), source.refs());
}

#[test]
fn what_is_no_git_repository_is_left_alone() {
    let (_directory, repository) = empty();
    let directory = tempfile::tempdir().expect("temporary directory");
    fs::write(directory.path().join("file"), "x").expect("writes");
    let options = ExportOptions::default();
    let refused = export_git(&repository, directory.path(), options, &Silent);
    assert!(
        matches!(refused, Err(ExportError::NotGit { .. })),
        "{refused:?}"
    );
    assert_eq!(fs::read_dir(directory.path()).expect("there").count(), 1);
}
