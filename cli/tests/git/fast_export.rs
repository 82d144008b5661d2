//! What `git fast-import` makes of a stream is the history that is here.

use std::fs;
use std::io::{self, Write};

use muse::export::{ExportError, StreamSummary, export_stream};
use muse::report::Silent;
use muse::repository::Repository;

use crate::fixture::{Git, commit, imported, point};

/// A line that says who made a commit.
const PERSON: &str = "A <a@b> 1 +0000";

fn stream(repository: &Repository) -> (Vec<u8>, StreamSummary) {
    let mut stream = Vec::new();
    let summary = export_stream(repository, &mut stream, &Silent).expect("exports");
    (stream, summary)
}

/// The git repository that git makes of a stream.
fn made_of(stream: &[u8]) -> Git {
    let git = Git::init();
    git.run_with(&["fast-import", "--quiet"], stream);
    git
}

/// Streams an import of `git`, of which git must make the same refs and objects again.
fn assert_streams_back(git: &Git) {
    let (_directory, repository) = imported(git);
    let (stream, summary) = stream(&repository);
    assert_eq!((summary.lost, summary.left), (vec![], vec![]));
    let made = made_of(&stream);
    assert_eq!(made.refs(), git.refs());
    made.run(&["fsck", "--full", "--strict"]);
}

/// How often a line is in a stream, be it in a file, too.
fn count(stream: &[u8], line: &str) -> usize {
    let lines = stream.split(|&byte| byte == b'\n');
    lines.filter(|found| *found == line.as_bytes()).count()
}

#[test]
fn a_history_has_the_same_ids() {
    let git = Git::with_everything();
    git.run(&["tag", "-d", "tree"]);
    git.run(&["tag", "-a", "-m", "of a side", "v3", "side"]);
    git.run(&["notes", "add", "-m", "a note"]);
    git.run(&["branch", "joined"]);
    git.run(&["checkout", "-q", "joined"]);
    let merge = ["merge", "-q", "--allow-unrelated-histories", "-m", "Join"];
    git.run(&[&merge[..], &["unrelated"]].concat());
    git.run(&["checkout", "-q", "main"]);
    assert_streams_back(&git);
    let (_directory, repository) = imported(&git);
    let (stream, _) = stream(&repository);
    // The current branch has what it reaches; the first one by its name has the rest.
    let commits = |revisions: &[&str]| {
        let arguments = [&["rev-list", "--count"], revisions].concat();
        git.run(&arguments)
            .trim()
            .parse::<usize>()
            .expect("a number")
    };
    let main = commits(&["main"]);
    assert_eq!(count(&stream, "commit refs/heads/main"), main);
    let joined = commits(&["joined", "^main"]);
    assert_eq!(count(&stream, "commit refs/heads/joined"), joined);
    assert_eq!(count(&stream, "commit refs/heads/unrelated"), 0);
    assert_eq!(count(&stream, "commit refs/notes/commits"), 1);
}

#[test]
fn odd_paths_and_files_have_the_same_ids() {
    let git = Git::init();
    git.run(&["config", "core.protectNTFS", "false"]);
    for path in [
        "a b",
        " leading",
        "trailing ",
        "new\nline",
        "tab\there",
        "\"quoted\"",
        "back\\slash",
        "caf\u{e9}/\u{202e}over",
        "\u{1b}[31m",
        "M 100644 inline x",
    ] {
        git.write(path, path);
    }
    git.write("empty", "");
    git.write("data", "data 5\ndone\n");
    git.commit("odd names");
    let target = git.run(&["rev-parse", "HEAD"]);
    let gitlink = |path: &str| format!("160000,{},{path}", target.trim());
    for path in ["lib/inner", "say \"x\" ü"] {
        git.run(&["update-index", "--add", "--cacheinfo", &gitlink(path)]);
    }
    git.run(&["commit", "-q", "-m", "submodules"]);
    git.run(&["rm", "-q", "--cached", "lib/inner"]);
    git.write("lib/inner/deep", "a directory");
    git.run(&["add", "lib/inner"]);
    git.run(&["commit", "-q", "-m", "a directory in the place of one"]);
    git.run(&["rm", "-q", "-r", "lib", "new\nline"]);
    git.write("lib", "a file in the place of a directory");
    git.run(&["add", "lib"]);
    git.run(&["commit", "-q", "-m", "a file"]);
    assert_streams_back(&git);
}

#[test]
fn what_a_stream_can_say_of_commits_and_tags_stays() {
    let git = Git::init();
    git.commit("first");
    let first = git.run(&["rev-parse", "HEAD"]);
    let tree = git.run(&["rev-parse", "HEAD^{tree}"]);
    let latin = b"author \xc4 <a> 1 -0330\ncommitter \xd6 <a> 1 +1400\nencoding latin1\n\n\xfc\n"
        .as_slice();
    let bytes = b"author \xff <a> 1 +0000\ncommitter A <> 0 -0000\n\n\xfe no newline".as_slice();
    for (branch, rest) in [("latin", latin), ("bytes", bytes)] {
        let start = format!("tree {tree}parent {first}");
        let id = git.object("commit", &[start.as_bytes(), rest].concat());
        point(&git, &format!("refs/heads/{branch}"), &id);
    }
    let start = format!("object {first}type commit\n");
    for (name, rest) in [
        (
            "no-newline",
            format!("tag no-newline\ntagger {PERSON}\n\nm"),
        ),
        ("no-tagger", "tag no-tagger\n\nm\n".to_owned()),
        (
            "signed",
            format!("tag signed\ntagger {PERSON}\n\nm\n-----BEGIN PGP SIGNATURE-----\n"),
        ),
    ] {
        let id = git.object("tag", format!("{start}{rest}").as_bytes());
        point(&git, &format!("refs/tags/{name}"), &id);
    }
    let (_directory, repository) = imported(&git);
    let (stream, summary) = stream(&repository);
    assert_eq!(summary.lost, []);
    assert_eq!(count(&stream, &format!("original-oid {}", first.trim())), 1);
    assert_eq!(made_of(&stream).refs(), git.refs());
}

#[test]
fn what_a_stream_cannot_say_is_named() {
    let git = Git::init();
    git.write("file", "x");
    git.commit("first");
    let first = git.run(&["rev-parse", "HEAD"]);
    let tree = git.run(&["rev-parse", "HEAD^{tree}"]);
    let parent = format!("parent {first}");
    let plain = format!("author {PERSON}\ncommitter {PERSON}\n");
    let mut expected = Vec::new();
    for (branch, rest, lost) in [
        ("signed", format!("{plain}gpgsig x\n y\n\nm\n"), "gpgsig"),
        (
            "other",
            format!("{plain}x-other 1\nencoding x\n\nm\n"),
            "x-other",
        ),
        (
            "twice",
            format!("{parent}{plain}\nm\n"),
            "parent that is named twice",
        ),
        (
            "nobody",
            format!("author A <a@b>\ncommitter {PERSON}\n\nm\n"),
            "author",
        ),
        (
            "zone",
            format!("author {PERSON}\ncommitter A <a> 1 +5180\n\nm\n"),
            "committer",
        ),
        (
            "nameless",
            format!("author {PERSON}\ncommitter <> 0 +0000\n\nm\n"),
            "committer",
        ),
    ] {
        let id = git.object("commit", format!("tree {tree}{parent}{rest}").as_bytes());
        point(&git, &format!("refs/heads/{branch}"), &id);
        expected.push((id, lost.to_owned(), false));
    }
    let (_, old) = git.forge_tree(
        "old",
        &[("100664", "z", &git.run(&["hash-object", "file"]))],
    );
    expected.push((old, "modes of old".to_owned(), false));
    git.run(&["checkout", "-q", "signed"]);
    git.commit("on a signed one");
    expected.push((git.run(&["rev-parse", "HEAD"]), String::new(), true));
    git.run(&["tag", "-a", "-m", "m", "inner", "main"]);
    git.run(&["tag", "-a", "-m", "m", "outer", "inner"]);
    let outer = git.run(&["rev-parse", "refs/tags/outer"]);
    expected.push((outer, "tag that it is a tag of".to_owned(), false));
    let renamed = format!("object {first}type commit\ntag v1\ntagger {PERSON}\n\nm\n");
    let renamed = git.object("tag", renamed.as_bytes());
    point(&git, "refs/tags/v2", &renamed);
    expected.push((renamed, "form of its headers".to_owned(), false));
    let (_directory, repository) = imported(&git);
    let (stream, summary) = stream(&repository);
    let lost = summary.lost.into_iter();
    let mut lost: Vec<_> = lost
        .map(|loss| (loss.was, loss.lost.join(","), loss.is_inherited))
        .collect();
    let mut expected: Vec<_> = expected
        .into_iter()
        .map(|(id, lost, is_inherited)| (id.trim().to_owned(), lost, is_inherited))
        .collect();
    lost.sort();
    expected.sort();
    assert_eq!(lost, expected);
    // Git takes the rest, and what is named is all that has changed.
    let made = made_of(&stream);
    let is_named = |line: &&str| expected.iter().all(|(id, ..)| !line.starts_with(id));
    let refs = |git: &Git| git.refs().lines().map(str::to_owned).collect::<Vec<_>>();
    let same: Vec<_> = git
        .refs()
        .lines()
        .filter(is_named)
        .map(str::to_owned)
        .collect();
    assert!(same.len() >= 2, "{same:?}");
    assert!(same.iter().all(|line| refs(&made).contains(line)));
    assert_eq!(refs(&made).len(), refs(&git).len());
}

#[test]
fn what_was_made_here_streams_with_each_file_once() {
    let git = Git::init();
    git.write("file", "x");
    git.commit("first");
    let (_directory, repository) = imported(&git);
    let large: String = (0..2_000_000).map(|n| format!("{n}\n")).collect();
    commit(&repository, "large", &large);
    commit(&repository, "copy", &large);
    commit(&repository, "file", "y");
    let (stream, summary) = stream(&repository);
    assert_eq!((summary.commits, summary.objects), (4, 3));
    assert!(stream.len() < large.len() * 2);
    let made = made_of(&stream);
    made.run(&["fsck", "--full", "--strict"]);
    assert!(made.run(&["cat-file", "-p", "main:copy"]) == large);
    assert_eq!(made.run(&["cat-file", "-p", "main:file"]), "y");
    // Where the history is already, it is the same.
    made.run_with(&["fast-import", "--quiet"], &stream);
    let before = made.refs();
    assert_eq!(made.refs(), before);
}

#[test]
fn a_history_without_commits_is_a_stream() {
    let (_directory, repository) = crate::fixture::empty();
    let (stream, summary) = stream(&repository);
    assert_eq!(stream, b"feature done\ndone\n");
    assert_eq!(summary, StreamSummary::default());
}

/// An output that takes so many bytes.
struct Short(usize);

impl Write for Short {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(self.0);
        self.0 -= taken;
        match taken {
            0 if !bytes.is_empty() => Err(io::ErrorKind::BrokenPipe.into()),
            _ => Ok(taken),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn an_output_that_ends_is_named_as_the_reason() {
    let git = Git::init();
    fs::write(git.path().join("large"), vec![b'x'; 9 << 20]).expect("writes");
    git.commit("first");
    let (_directory, repository) = imported(&git);
    for bytes in [0, 100, 5 << 20] {
        let written = export_stream(&repository, &mut Short(bytes), &Silent);
        let Err(ExportError::Stream(source)) = written else {
            panic!("{bytes}: {written:?}");
        };
        assert_eq!(source.kind(), io::ErrorKind::BrokenPipe);
    }
}
