//! What `git fsck` finds fault with, and git reads all the same, is imported and comes back.

use crate::fixture::{Git, assert_comes_back, empty, imported, point};

const PERSON: &str = "A <a@b> 1 +0000";

fn with_a_commit() -> (Git, String, String) {
    let git = Git::init();
    git.write("file", "x");
    git.commit("first");
    let first = git.run(&["rev-parse", "HEAD"]);
    let tree = git.run(&["rev-parse", "HEAD^{tree}"]);
    (git, tree, first)
}

/// The author and the message of a commit.
fn said(git: &Git, branch: &str) -> (String, String) {
    let (_directory, repository) = imported(git);
    let commit = repository.resolve(branch).expect("resolves");
    let commit = repository.objects.commit(&commit).expect("reads");
    (commit.author.name, commit.message)
}

#[test]
fn malformed_commits_come_back() {
    let (git, tree, first) = with_a_commit();
    let start = format!("tree {tree}parent {first}");
    let author = format!("author {PERSON}\n");
    let committer = format!("committer {PERSON}\n");
    for (branch, rest) in [
        ("no-email", format!("author A\n{committer}\nm\n")),
        (
            "open-email",
            format!("author A <a@b 1 +0000\n{committer}\nm\n"),
        ),
        (
            "bad-date",
            format!("author A <a@b> x +0000\n{committer}\nm\n"),
        ),
        ("no-date", format!("author A <a@b>\n{committer}\nm\n")),
        (
            "two-authors",
            format!("{author}author B <c> 2 +0000\n{committer}\nm\n"),
        ),
        ("no-author", format!("{committer}\nm\n")),
        ("no-committer", format!("{author}\nm\n")),
        ("nobody", "\nm\n".to_owned()),
        ("swapped", format!("{committer}{author}\nm\n")),
        ("no-blank-line", format!("{author}{committer}")),
        ("no-value", format!("{author}{committer}x-flag\n\nm\n")),
        ("no-newline", format!("{author}{committer}x")),
        (
            "nul",
            format!("author A\0B <a@b> 1 +0000\n{committer}\nm\0m\n"),
        ),
        (
            "carriage-return",
            format!("{author}{committer}encoding x\r\n\r\nm\r\n"),
        ),
    ] {
        let id = git.object("commit", format!("{start}{rest}").as_bytes());
        point(&git, &format!("refs/heads/{branch}"), &id);
    }
    assert_comes_back(&git);
    let owned = |name: &str, message: &str| (name.to_owned(), message.to_owned());
    assert_eq!(said(&git, "no-email"), owned("A", "m\n"));
    assert_eq!(said(&git, "two-authors"), owned("A", "m\n"));
    assert_eq!(said(&git, "no-author"), owned("A", "m\n"));
    assert_eq!(said(&git, "no-blank-line"), owned("A", ""));
}

#[test]
fn malformed_tags_come_back() {
    let (git, _, first) = with_a_commit();
    let start = format!("object {first}type commit\n");
    for (name, rest) in [
        ("bad-tagger", "tag bad-tagger\ntagger A\n\nm\n"),
        ("no-date", "tag no-date\ntagger A <a@b>\n\nm\n"),
        (
            "header",
            "tag header\ntagger A <a@b> 1 +0000\nx-other 1\n\nm\n",
        ),
        (
            "no-blank-line",
            "tag no-blank-line\ntagger A <a@b> 1 +0000\n",
        ),
        ("spaces", "tag a b\ntagger A <a@b> 1 +0000\n\nm\n"),
        ("no-end", "tag no-end\n\nm\n-----BEGIN PGP SIGNATURE-----\n"),
    ] {
        let id = git.object("tag", format!("{start}{rest}").as_bytes());
        point(&git, &format!("refs/tags/{name}"), &id);
    }
    assert_comes_back(&git);
}

#[test]
fn what_names_nothing_is_refused() {
    let (git, tree, _) = with_a_commit();
    let raw = format!("tree {}\n\nm\n", &tree.trim()[1..]);
    let id = git.object("commit", raw.as_bytes());
    std::fs::write(git.path().join(".git/refs/heads/odd"), format!("{id}\n")).expect("writes");
    let (_directory, repository) = empty();
    let error = git.import(&repository).expect_err("no tree");
    assert_eq!(
        error.to_string(),
        format!("cannot read commit {id} of the git repository")
    );
}

#[test]
fn objects_are_what_their_ids_say_whatever_replaces_them() {
    let (git, tree, first) = with_a_commit();
    let other = git.run(&["commit-tree", "-m", "another", tree.trim()]);
    git.run(&["replace", first.trim(), other.trim()]);
    assert_eq!(said(&git, "main").1, "first\n");
    let (_directory, repository) = imported(&git);
    let (_target, path) = crate::fixture::nowhere();
    let summary = crate::fixture::export(&repository, &path);
    assert_eq!(summary.changed, []);
}

#[test]
fn a_ref_that_leads_nowhere_is_left_out_and_named() {
    let (git, ..) = with_a_commit();
    git.run(&["symbolic-ref", "refs/heads/alias", "refs/heads/main"]);
    git.run(&["symbolic-ref", "refs/heads/dangling", "refs/heads/none"]);
    let (_directory, repository) = empty();
    let summary = git.import(&repository).expect("imports");
    assert_eq!(
        summary.warnings,
        ["1 ref(s) were skipped: refs/heads/dangling (it leads to a ref that is not there)"]
    );
    let resolve = |revision| repository.resolve(revision).expect("resolves");
    assert_eq!(resolve("alias"), resolve("main"));
}
