//! An imported history is git's: every commit's tree, text and parents, and every branch and tag.

use std::collections::{BTreeMap, HashMap};
use std::error::Error as _;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::path::Path;

use muse::git::{GIT_COMMIT, GIT_SUBMODULES};
use muse::import::{ImportError, ImportOptions, import_git};
use muse::report::Silent;
use muse::repository::{Expected, Head, RefEdit, Repository};
use muse_wire::commit::Timestamp;
use muse_wire::id::CommitId;
use muse_wire::limits::{
    MAX_LINK_TARGET_BYTES, MAX_SNAPSHOT_DIRECTORIES, MAX_SNAPSHOT_LISTING_BYTES,
};
use muse_wire::name::RefName;
use muse_wire::snapshot::EntryKind;

use crate::fixture::{Git, empty};

/// The same listing of one of our trees.
fn listing(repository: &Repository, commit: &CommitId) -> BTreeMap<String, String> {
    let snapshot = repository.objects.commit(commit).expect("reads").snapshot;
    let tree = repository.objects.tree(&snapshot).expect("rebuilds");
    let entries = tree.entries().into_iter().map(|(path, entry)| {
        let mode = match entry.kind {
            EntryKind::File => "100644",
            EntryKind::Executable => "100755",
            EntryKind::Symlink => "120000",
        };
        let contents = repository
            .objects
            .read_object(&entry.object)
            .expect("reads");
        let kind = gix::objs::Kind::Blob;
        let blob = gix::objs::compute_hash(gix::hash::Kind::Sha1, kind, &contents);
        let blob = blob.expect("hashes");
        (path.to_string(), format!("{mode} blob {blob}"))
    });
    entries.collect()
}

/// Compares everything with git's own word for it.
fn assert_same(git: &Git, repository: &Repository) {
    let mut commits: HashMap<String, CommitId> = HashMap::new();
    for mpack in repository.objects.mpacks().expect("opens") {
        for row in mpack.tables().commits() {
            let commit = repository.objects.commit(&row.id).expect("reads");
            // Annotated tags are commits, too.
            if let Some(origin) = commit.metadata.get(GIT_COMMIT) {
                commits.insert(origin.clone(), row.id);
            }
        }
    }
    let format = "--format=%H|%P|%an|%ae|%at|%s";
    let log = git.run(&["log", "--branches", "--tags", format]);
    assert_eq!(log.lines().count(), commits.len());
    for line in log.lines() {
        let fields: Vec<_> = line.split('|').collect();
        let id = commits[fields[0]];
        let commit = repository.objects.commit(&id).expect("reads");
        let parents = fields[1].split_whitespace();
        let parents: Vec<_> = parents.map(|parent| commits[parent]).collect();
        assert_eq!(commit.parents, parents, "{line}");
        assert_eq!(commit.author.name, fields[2]);
        assert_eq!(commit.author.email, fields[3]);
        assert_eq!(commit.committed_at.seconds.to_string(), fields[4]);
        assert_eq!(commit.committed_at.offset_minutes, 90);
        assert_eq!(commit.subject(), fields[5]);
        assert_eq!(
            commit.metadata["git.committer"],
            "Charles <charles@example.org> 1700000100 -0800"
        );
        assert_eq!(listing(repository, &id), git.listing(fields[0]), "{line}");
    }
    let refs = repository.refs.read().expect("reads");
    for name in [
        "refs/heads/main",
        "refs/heads/side",
        "refs/heads/unrelated",
        "refs/tags/v1",
        "refs/tags/v2",
    ] {
        let expected = git.run(&["rev-parse", &format!("{name}^{{commit}}")]);
        let name = RefName::new(name).expect("valid");
        let target = refs.get(&name).expect("imported");
        let commit = repository.peel(&name, target).expect("reads");
        assert_eq!(commit, commits[expected.trim()], "{name}");
    }
}

#[test]
fn every_commit_is_gits() {
    let git = Git::with_everything();
    let (_directory, repository) = empty();
    let summary = git.import(&repository).expect("imports");
    assert_same(&git, &repository);
    assert_eq!(
        summary.head,
        Some(Head::Branch(RefName::branch("main").expect("valid")))
    );
    assert_eq!(
        summary.warnings,
        ["1 ref(s) were skipped: refs/tags/tree (it names no commit)"]
    );
    let resolve = |revision| repository.resolve(revision).expect("resolves");
    assert_eq!(resolve("v2"), resolve("main~3"));
    assert_eq!(resolve("main~1^2"), resolve("side"));
}

/// What an annotated tag says: who, when, and the message.
fn said(repository: &Repository, tag: &str) -> Option<String> {
    let name = RefName::tag(tag).expect("valid");
    let target = repository.refs.read().expect("reads").get(&name);
    let target = target.expect("imported");
    let annotation = repository.annotation(&name, &target).expect("reads")?;
    let Timestamp {
        seconds,
        offset_minutes,
    } = annotation.committed_at;
    Some(format!(
        "{} {seconds} {offset_minutes} {}",
        annotation.author.name, annotation.message
    ))
}

#[test]
fn what_annotated_tags_say_is_kept() {
    let git = Git::init();
    git.write("a", "1");
    git.commit("first");
    git.run(&["tag", "plain"]);
    git.run(&["tag", "-a", "-m", "One\n\nMore", "v1"]);
    git.run(&["tag", "-a", "-m", "Of a tag", "outer", "v1"]);
    // As git wrote them before it knew taggers.
    let head = git.run(&["rev-parse", "HEAD"]);
    let old = format!("object {}\ntype commit\ntag old\n\nOld\n", head.trim());
    git.write(".git/old", &old);
    let id = git.run(&["hash-object", "-t", "tag", "--literally", "-w", ".git/old"]);
    git.run(&["update-ref", "refs/tags/old", id.trim()]);
    let (_directory, repository) = empty();
    let summary = git.import(&repository).expect("imports");
    assert_eq!(summary.warnings, [""; 0]);
    let said = |tag| said(&repository, tag);
    assert_eq!(said("plain"), None);
    assert_eq!(
        said("v1").as_deref(),
        Some("Charles 1700000100 -480 One\n\nMore\n")
    );
    assert_eq!(
        said("outer").as_deref(),
        Some("Charles 1700000100 -480 Of a tag\n")
    );
    assert_eq!(
        said("old").as_deref(),
        Some("Ada Lovelace 1700000000 90 Old\n")
    );
    let main = repository.resolve("main").expect("imported");
    for tag in ["plain", "v1", "outer", "old"] {
        assert_eq!(repository.resolve(tag).expect("imported"), main, "{tag}");
    }
    let again = git.import(&repository).expect("imports");
    assert_eq!((again.commits, again.moved.len()), (0, 0));
    // A plain tag that came to say something says it here, too.
    git.run(&["tag", "-f", "-a", "-m", "Not plain", "plain"]);
    let more = git.import(&repository).expect("imports");
    assert_eq!((more.commits, more.moved.len()), (0, 1));
    assert_eq!(
        said("plain").as_deref(),
        Some("Charles 1700000100 -480 Not plain\n")
    );
}

#[test]
fn a_second_import_takes_what_is_new() {
    let git = Git::with_everything();
    let (_directory, repository) = empty();
    git.import(&repository).expect("imports");
    let again = git.import(&repository).expect("imports");
    assert_eq!((again.commits, again.objects, again.moved.len()), (0, 0, 0));
    git.write("src/new", "new");
    git.run(&["rm", "-q", "a"]);
    git.commit("more");
    git.run(&["checkout", "-q", "side"]);
    git.write("side-again", "of its own");
    git.commit("more on side");
    git.merge("main");
    let more = git.import(&repository).expect("imports");
    assert_eq!((more.commits, more.objects, more.moved.len()), (3, 2, 2));
    assert_same(&git, &repository);
}

#[test]
fn what_moved_on_both_sides_is_left_alone() {
    let git = Git::with_everything();
    let (_directory, repository) = empty();
    git.import(&repository).expect("imports");
    let main = RefName::branch("main").expect("valid");
    let elsewhere = repository.resolve("unrelated").expect("resolves");
    let edit = RefEdit {
        name: main.clone(),
        expected: Expected::Any,
        new: Some(elsewhere),
    };
    let mut locked = repository.lock().expect("free");
    locked.update_refs(&[edit], "test").expect("moves");
    drop(locked);
    let summary = git.import(&repository).expect("imports");
    assert_eq!(summary.refused, std::slice::from_ref(&main));
    let refs = repository.refs.read().expect("reads");
    assert_eq!(refs.get(&main), Some(elsewhere));
    let force = ImportOptions {
        force: true,
        ..ImportOptions::default()
    };
    let summary = import_git(&repository, git.path(), force, &Silent).expect("imports");
    assert_eq!(summary.moved, [main]);
    assert_same(&git, &repository);
}

#[test]
fn submodules_are_noted_and_counted() {
    let inner = Git::init();
    inner.commit("inner");
    let git = Git::init();
    git.write("file", "x");
    let url = inner.path().to_str().expect("UTF-8").to_owned();
    git.run(&["submodule", "--quiet", "add", &url, "lib/inner"]);
    git.commit("add");
    git.run(&["rm", "-q", "lib/inner"]);
    git.write("lib/inner", "a file now");
    git.commit("replace");
    let (_directory, repository) = empty();
    let summary = git.import(&repository).expect("imports");
    assert_eq!(
        summary.warnings,
        [
            "2 change(s) of submodules are noted in the commits' metadata: submodules are not \
             imported"
        ]
    );
    let note = |revision: &str| {
        let commit = repository.resolve(revision).expect("resolves");
        let commit = repository.objects.commit(&commit).expect("reads");
        commit.metadata[GIT_SUBMODULES].clone()
    };
    let target = inner.run(&["rev-parse", "HEAD"]);
    assert_eq!(note("main~1"), format!("lib/inner {target}"));
    assert_eq!(note("main"), "lib/inner -\n");
}

#[test]
fn what_cannot_be_represented_is_named_and_nothing_moves() {
    let git = Git::init();
    git.write("fine", "x");
    git.commit("fine");
    let name = OsStr::from_bytes(b"dir/caf\xe9\n");
    fs::create_dir(git.path().join("dir")).expect("creates");
    fs::write(git.path().join(name), "x").expect("writes");
    git.commit("not UTF-8");
    let (_directory, repository) = empty();
    let error = git.import(&repository).expect_err("cannot be imported");
    let commit = git.run(&["rev-parse", "HEAD"]);
    assert_eq!(
        error.to_string(),
        format!(
            r#"git commit {} cannot be imported: the path "dir/caf\351\n" is not UTF-8"#,
            commit.trim()
        )
    );
    assert_eq!(repository.refs.read().expect("reads").iter().count(), 0);

    let skipping = ImportOptions {
        skip_unrecordable: true,
        ..ImportOptions::default()
    };
    git.write("dir/.Muse/config", "y");
    git.write("dir/fine", "z");
    git.commit("another");
    fs::remove_file(git.path().join(name)).expect("removes");
    git.commit("one gone");
    let refused = git.import(&repository).expect_err("cannot be imported");
    assert!(matches!(refused, ImportError::PathEncoding { .. }));
    let summary = import_git(&repository, git.path(), skipping, &Silent).expect("imports");
    assert_eq!(
        summary.warnings,
        [
            "2 file(s) were left out, because no snapshot can hold their paths: \
             \"dir/caf\\351\\n\", dir/.Muse/config"
        ]
    );
    let main = repository.resolve("main").expect("resolves");
    let files: Vec<_> = listing(&repository, &main).into_keys().collect();
    assert_eq!(files, ["dir/fine", "fine"]);

    let nowhere = Path::new("/nonexistent-repository");
    let missing = import_git(&repository, nowhere, ImportOptions::default(), &Silent);
    assert!(matches!(missing, Err(ImportError::Open { .. })));
}

#[test]
fn a_name_with_a_slash_is_not_taken_for_a_path() {
    let git = Git::init();
    git.write("file", "contents");
    git.commit("First");
    let blob = git.run(&["rev-parse", "HEAD:file"]);
    git.forge_tree("slash", &[("100644", "a/b", &blob), ("100644", "z", &blob)]);
    let (_directory, repository) = empty();
    let error = git.import(&repository).expect_err("a bad name");
    assert!(matches!(error, ImportError::Git { .. }), "{error:?}");
    assert_eq!(repository.refs.read().expect("readable").iter().count(), 0);
}

#[test]
fn a_tree_with_two_entries_of_one_name_is_named() {
    let git = Git::init();
    git.write("dir/file", "contents");
    git.commit("First");
    let blob = git.run(&["rev-parse", "HEAD:dir/file"]);
    let directory = git.run(&["rev-parse", "HEAD:dir"]);
    let (a, b) = (("100644", "a\n", &*blob), ("100644", "b", &*blob));
    let below = |entries: &[(&str, &str, &str)]| {
        let (tree, _) = git.forge_tree("below", entries);
        tree
    };
    for entries in [
        vec![a, a],
        vec![a, b, ("40000", "a\n", &directory)],
        vec![("40000", "a\n", &directory), ("40000", "a\n", &directory)],
        vec![a, b, ("120000", "a\n", &blob)],
    ] {
        let tree = below(&entries);
        let (_, commit) = git.forge_tree("top", &[("40000", "sub", &tree)]);
        git.run(&["update-ref", "-d", "refs/heads/below"]);
        let (_directory, repository) = empty();
        let error = git
            .import(&repository)
            .expect_err("no directory is like this");
        assert_eq!(
            error.to_string(),
            format!(
                "git commit {commit} cannot be imported: the git repository is malformed, its tree \
                 {tree} has two entries named \"a\\n\""
            )
        );
        assert_eq!(repository.refs.read().expect("readable").iter().count(), 0);
    }
    let (_, commit) = git.forge_tree("top", &[b, a]);
    git.import(&empty().1)
        .expect("a wrong order alone does no harm");
    let parent = ["commit-tree", "-m", "Order", "-p", &commit, "HEAD^{tree}"];
    let child = git.run(&parent);
    git.run(&["update-ref", "refs/heads/top", child.trim()]);
    git.import(&empty().1).expect("nor against an ordered one");
}

/// A few trees can stand for more files than there is memory for.
#[test]
fn a_tree_that_no_snapshot_can_hold_is_refused_before_it_is_collected() {
    let git = Git::init();
    git.write("file", "contents");
    git.commit("First");
    let blob = git.run(&["rev-parse", "HEAD:file"]);
    let forge = |kind, id: &str, names: &[String]| {
        let entries: Vec<_> = names.iter().map(|name| (kind, &**name, id)).collect();
        git.forge_tree("bomb", &entries)
    };
    let names = |count: usize, width: usize| -> Vec<String> {
        (0..count)
            .map(|number| format!("{number:0width$}"))
            .collect()
    };
    let refused = |commit: &str, limit: &str| {
        let (_directory, repository) = empty();
        let error = git.import(&repository).expect_err("too large");
        let said = format!("git commit {commit} cannot be imported");
        assert_eq!(error.to_string(), said);
        let source = error.source().expect("the limit").to_string();
        assert!(source.contains(limit), "{source}");
        assert_eq!(repository.refs.read().expect("readable").iter().count(), 0);
    };

    let (mut tree, mut commit) = forge("100644", &blob, &names(10, 1));
    for _ in 0..9 {
        (tree, commit) = forge("40000", &tree, &names(10, 1));
    }
    refused(&commit, &MAX_SNAPSHOT_DIRECTORIES.to_string());

    // As the parent of a commit, it is named as what it is.
    let child = git.run(&["commit-tree", "-m", "Child", "-p", &commit, "HEAD^{tree}"]);
    git.run(&["update-ref", "refs/heads/bomb", child.trim()]);
    refused(&commit, &MAX_SNAPSHOT_DIRECTORIES.to_string());

    let (tree, _) = forge("100644", &blob, &names(1000, 200));
    let (_, commit) = forge("40000", &tree, &names(1000, 200));
    refused(&commit, &MAX_SNAPSHOT_LISTING_BYTES.to_string());
}

/// Git stores any bytes as a link's target; what no system can make a link of is refused.
#[test]
fn a_link_that_leads_nowhere_is_named_and_nothing_is_imported() {
    let too_long = "x".repeat(MAX_LINK_TARGET_BYTES + 1);
    for target in ["", &*too_long, "a\0b"] {
        let git = Git::init();
        git.write("target", target);
        git.commit("a file with these bytes is fine");
        let (_directory, repository) = empty();
        git.import(&repository).expect("imports");
        let objects = || repository.objects.mpacks().expect("reads").len();
        let before = objects();
        let blob = git.run(&["hash-object", "-w", "target"]);
        let entry = format!("120000,{},link", blob.trim());
        git.run(&["update-index", "--add", "--cacheinfo", &entry]);
        git.run(&["commit", "-q", "-m", "a link"]);
        for repository in [&repository, &empty().1] {
            let error = git.import(repository).expect_err("no link can lead there");
            let commit = git.run(&["rev-parse", "HEAD"]);
            assert_eq!(
                error.to_string(),
                format!(
                    "git commit {} cannot be imported: the target of the symbolic link link (git \
                     blob {}) is empty, longer than 4095 bytes, or holds a NUL",
                    commit.trim(),
                    blob.trim()
                )
            );
        }
        assert_eq!(objects(), before);
    }
    let git = Git::init();
    let longest = "x".repeat(MAX_LINK_TARGET_BYTES);
    symlink(longest, git.path().join("link")).expect("writes");
    git.commit("the longest target");
    let (_directory, repository) = empty();
    git.import(&repository).expect("imports");
}

#[test]
fn links_that_lead_nowhere_are_left_out_where_that_is_asked_for() {
    let git = Git::init();
    git.write("empty", "");
    git.write("nul", "a\0b");
    symlink("empty", git.path().join("becomes-bad")).expect("writes");
    git.commit("First");
    let link = |path: &str, target: &str| {
        let blob = git.run(&["hash-object", "-w", target]);
        let entry = format!("120000,{},{path}", blob.trim());
        git.run(&["update-index", "--add", "--cacheinfo", &entry]);
    };
    let commit = || git.run(&["commit", "-q", "-m", "Links"]);
    link("becomes-bad", "empty");
    link("becomes-good", "nul");
    link("becomes-other", "nul");
    link("is-removed", "nul");
    link("is-removed-later", "nul");
    commit();
    link("becomes-other", "empty");
    git.run(&["update-index", "--force-remove", "is-removed"]);
    commit();
    git.write("becomes-good", "a file");
    git.run(&["update-index", "--add", "becomes-good"]);
    commit();
    let skipping = ImportOptions {
        skip_unrecordable: true,
        ..ImportOptions::default()
    };
    let (_directory, repository) = empty();
    let summary = import_git(&repository, git.path(), skipping, &Silent).expect("imports");
    assert_eq!(
        summary.warnings,
        [
            "5 symbolic link(s) were left out, because their targets are empty, longer than 4095 \
             bytes, or hold a NUL: becomes-bad, becomes-good, becomes-other, is-removed, \
             is-removed-later"
        ]
    );
    let files = |revision: &str| {
        let commit = repository.resolve(revision).expect("resolves");
        listing(&repository, &commit)
            .into_keys()
            .collect::<Vec<_>>()
    };
    assert_eq!(files("main~3"), ["becomes-bad", "empty", "nul"]);
    assert_eq!(files("main~2"), ["empty", "nul"]);
    assert_eq!(files("main"), ["becomes-good", "empty", "nul"]);
    git.run(&["update-index", "--force-remove", "is-removed-later"]);
    commit();
    git.import(&repository)
        .expect("what is not here goes without a flag");
    assert_eq!(files("main"), ["becomes-good", "empty", "nul"]);
}

/// What git's and Linux's own trees have, and more that Linux can hold.
const TROUBLEMAKERS: [&str; 17] = [
    "t/t5100/nul",
    "drivers/gpu/drm/nouveau/nvkm/subdev/i2c/aux.c",
    "include/uapi/linux/netfilter/xt_CONNMARK.h",
    "include/uapi/linux/netfilter/xt_connmark.h",
    "net/netfilter/xt_DSCP.c",
    "net/netfilter/xt_dscp.c",
    "Doc/a",
    "doc/a",
    "caf\u{e9}",
    "cafe\u{301}",
    "trailing.",
    "trailing ",
    "back\\slash",
    "new\nline",
    "C:colon",
    "\u{1b}[31m\"quoted\"",
    "what?*<>|",
];

#[test]
fn whatever_linux_can_hold_is_imported() {
    let git = Git::init();
    git.run(&["config", "core.protectNTFS", "false"]);
    for path in TROUBLEMAKERS {
        git.write(path, path);
    }
    git.commit("troublemakers");
    git.write("t/t5100/nul", "changed");
    git.run(&["rm", "-q", "net/netfilter/xt_DSCP.c", "doc/a"]);
    git.commit("some change and some go");
    let (directory, repository) = empty();
    let with_files = ImportOptions {
        checkout: true,
        ..ImportOptions::default()
    };
    let summary = import_git(&repository, git.path(), with_files, &Silent).expect("imports");
    assert_eq!(summary.warnings, [""; 0]);
    // Git quotes the paths in its listing as muse does.
    for revision in ["main~1", "main"] {
        let commit = repository.resolve(revision).expect("resolves");
        let expected = git.listing(&revision.replace("main", "HEAD"));
        assert_eq!(listing(&repository, &commit), expected, "{revision}");
    }
    for path in TROUBLEMAKERS {
        let read = |root: &Path| fs::read(root.join(path)).ok();
        assert_eq!(read(directory.path()), read(git.path()), "{path:?}");
    }
}
