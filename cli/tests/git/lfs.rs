//! Files that git has as LFS pointers are here as what they stand for, and pointers in git again.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use muse::export::{ExportOptions, export_git, export_stream};
use muse::import::{ImportOptions, import_git};
use muse::report::Silent;
use muse::repository::Repository;
use muse_wire::id::ObjectId;
use muse_wire::limits::MAX_WHOLE_OBJECT_BYTES;

use crate::fixture::{Git, assert_comes_back, commit, empty, export, imported, nowhere};

/// The pointer that stands for `contents`.
fn pointer(contents: &[u8]) -> String {
    let oid = ObjectId::of(contents).to_hex();
    let version = "version https://git-lfs.github.com/spec/v1";
    format!("{version}\noid sha256:{oid}\nsize {}\n", contents.len())
}

fn place(storage: &Path, contents: &[u8]) -> PathBuf {
    let oid = ObjectId::of(contents).to_hex();
    storage
        .join("objects")
        .join(&oid[..2])
        .join(&oid[2..4])
        .join(oid)
}

/// Puts `contents` into a store.
fn store(storage: &Path, contents: &[u8]) {
    let place = place(storage, contents);
    fs::create_dir_all(place.parent().expect("has one")).expect("creates");
    fs::write(place, contents).expect("writes");
}

/// Writes the pointer to a file, and what it stands for to the store.
fn write(git: &Git, path: &str, contents: &[u8]) {
    git.write(path, &pointer(contents));
    store(&git.path().join(".git/lfs"), contents);
}

/// Bytes that do not repeat, so that they are cut into chunks.
fn long(length: u64) -> Vec<u8> {
    let words = (0..length.div_ceil(32)).flat_map(|n| *ObjectId::of(&n.to_le_bytes()).as_bytes());
    words.take(length as usize).collect()
}

/// The file at `path` of a revision.
fn read(repository: &Repository, revision: &str, path: &str) -> Vec<u8> {
    let commit = repository.resolve(revision).expect("resolves");
    let tree = repository
        .objects
        .commit_tree(Some(&commit))
        .expect("reads");
    let entry = tree.get(path).expect("there");
    repository
        .objects
        .read_object(&entry.object)
        .expect("reads")
}

#[test]
fn pointers_are_what_they_stand_for_and_come_back() {
    let git = Git::init();
    let large = long(MAX_WHOLE_OBJECT_BYTES * 3);
    let medium = long(MAX_WHOLE_OBJECT_BYTES + 1);
    git.write(
        ".gitattributes",
        "*.bin filter=lfs diff=lfs merge=lfs -text\n",
    );
    write(&git, "art/large.bin", &large);
    write(&git, "art/medium.bin", &medium);
    write(&git, "art/small.bin", b"one");
    write(&git, "Makefile", b"no extension");
    git.write("plain.txt", "x");
    git.commit("pointers");
    write(&git, "art/small.bin", b"two");
    git.write("plain.txt", "y");
    git.commit("a change");
    git.run(&["mv", "art/large.bin", "art/moved.dat"]);
    let makefile = git.path().join("Makefile");
    fs::set_permissions(makefile, fs::Permissions::from_mode(0o755)).expect("sets");
    git.commit("a move, and a mode");
    git.run(&["checkout", "-q", "-b", "side", "HEAD~1"]);
    write(&git, "side.bin", b"beside");
    write(&git, "copy.bin", &medium);
    git.commit("on a branch");
    git.run(&["checkout", "-q", "main"]);
    git.merge("side");
    let (_directory, repository) = empty();
    let summary = git.import(&repository).expect("imports");
    assert_eq!((summary.lfs_files, summary.warnings), (6, vec![]));
    for (revision, path, contents) in [
        ("main~3", "art/small.bin", &b"one"[..]),
        ("main~2", "art/small.bin", b"two"),
        ("main", "art/moved.dat", &large),
        ("main", "art/medium.bin", &medium),
        ("main", "copy.bin", &medium),
        ("main", "side.bin", b"beside"),
        ("main", "Makefile", b"no extension"),
    ] {
        assert!(read(&repository, revision, path) == contents, "{path}");
    }
    let (_target, path) = nowhere();
    let options = ExportOptions::default();
    let exported = export_git(&repository, &path, options, &Silent).expect("exports");
    assert_eq!((exported.lfs_files, exported.changed), (6, vec![]));
    assert_eq!(Git::at(&path).refs(), git.refs());
    for contents in [&large[..], &medium, b"one", b"two", b"beside"] {
        let stored = fs::read(place(&path.join("lfs"), contents)).expect("there");
        assert!(stored == contents);
    }
    // Pointers alone are in git: not what they stand for.
    assert!(exported.pack_bytes < 10_000, "{}", exported.pack_bytes);
    let left = fs::read_dir(path.join("lfs/tmp")).expect("there");
    assert_eq!(left.count(), 0);
    assert_comes_back(&git);
}

#[test]
fn pointers_to_what_is_not_there_stay_and_are_named() {
    let git = Git::init();
    let storage = git.path().join(".git/lfs");
    for (path, contents) in [
        ("absent.bin", b"absent"),
        ("changed", b"change"),
        ("cut", b"cut it"),
    ] {
        git.write(path, &pointer(contents));
    }
    write(&git, "there.bin", b"there");
    for (contents, stored) in [(b"change", &b"CHANGE"[..]), (b"cut it", b"cut")] {
        store(&storage, contents);
        fs::write(place(&storage, contents), stored).expect("writes");
    }
    // What is no file is not waited for.
    git.write("directory", &pointer(b"directory"));
    fs::create_dir_all(place(&storage, b"directory")).expect("creates");
    git.write(
        "extended",
        &pointer(b"x").replace("oid", "ext-0-a sha256:1\noid"),
    );
    git.commit("pointers");
    let (_directory, repository) = empty();
    let summary = git.import(&repository).expect("imports");
    assert_eq!(
        summary.warnings,
        [
            "4 file(s) stay the LFS pointers that they are in git, because its local store lacks \
             what they stand for (`git lfs fetch --all` brings it): absent.bin, changed, cut, \
             directory"
        ]
    );
    let pointed = pointer(b"absent").into_bytes();
    assert_eq!(read(&repository, "main", "absent.bin"), pointed);
    assert_eq!(read(&repository, "main", "there.bin"), b"there");
    assert_comes_back(&git);
}

#[test]
fn a_pointer_may_change_places_with_what_it_stands_for() {
    let git = Git::init();
    let contents = "the same bytes";
    write(&git, "a.bin", contents.as_bytes());
    write(&git, "b.bin", b"another");
    git.write("plain", contents);
    git.commit("a pointer, and a file like what it stands for");
    git.write("a.bin", contents);
    git.commit("the file itself");
    write(&git, "a.bin", contents.as_bytes());
    write(&git, "plain", contents.as_bytes());
    git.commit("pointers again");
    let symlink = git.run(&["hash-object", "-w", "a.bin"]);
    let entry = format!("120000,{},link.bin", symlink.trim());
    git.run(&["update-index", "--add", "--cacheinfo", &entry]);
    git.run(&["commit", "-q", "-m", "a link that looks like a pointer"]);
    let (_directory, repository) = empty();
    git.import(&repository).expect("imports");
    for revision in ["main", "main~1", "main~2", "main~3"] {
        let found = read(&repository, revision, "a.bin");
        assert_eq!(found, contents.as_bytes(), "{revision}");
    }
    assert_comes_back(&git);
}

#[test]
fn what_was_imported_before_needs_no_store() {
    let git = Git::init();
    write(&git, "a.bin", b"contents");
    git.commit("a pointer");
    let (_directory, repository) = empty();
    git.import(&repository).expect("imports");
    fs::remove_dir_all(git.path().join(".git/lfs")).expect("removes");
    git.run(&["mv", "a.bin", "moved.bin"]);
    git.commit("moved");
    let summary = git.import(&repository).expect("imports");
    assert_eq!((summary.objects, summary.warnings), (0, vec![]));
    assert_eq!(read(&repository, "main", "moved.bin"), b"contents");
}

#[test]
fn the_store_may_be_elsewhere() {
    let git = Git::init();
    let storage = tempfile::tempdir().expect("temporary directory");
    let elsewhere = storage.path().to_str().expect("UTF-8");
    git.run(&["config", "lfs.storage", elsewhere]);
    git.write("a.bin", &pointer(b"contents"));
    store(storage.path(), b"contents");
    git.commit("a pointer");
    // A work tree has the store of the repository that it belongs to.
    let directory = tempfile::tempdir().expect("temporary directory");
    let path = directory.path().join("tree");
    git.run(&["worktree", "add", "-q", path.to_str().expect("UTF-8")]);
    for source in [git.path(), &path] {
        let (_directory, repository) = empty();
        Git::at(source).import(&repository).expect("imports");
        assert_eq!(read(&repository, "main", "a.bin"), b"contents");
        let (_target, target) = nowhere();
        let exported = Git::at(&target);
        fs::create_dir(&target).expect("creates");
        exported.run(&["init", "-q", "--bare"]);
        exported.run(&["config", "lfs.storage", "kept"]);
        let options = ExportOptions::default();
        export_git(&repository, &target, options, &Silent).expect("exports");
        let stored = fs::read(place(&target.join("kept"), b"contents"));
        assert_eq!(stored.expect("there"), b"contents");
    }
}

#[test]
fn what_attributes_give_to_lfs_becomes_pointers_when_it_is_changed_here() {
    let git = Git::init();
    git.write(
        ".gitattributes",
        "[attr]big filter=lfs -text\n*.bin big\n/exact filter=lfs\n",
    );
    git.write("raw/.gitattributes", "*.bin -filter\n");
    write(&git, "a.bin", b"from git");
    // So many files that a snapshot is recorded as what changed.
    for n in 0..500 {
        git.write(&format!("many/{n}"), "x");
    }
    git.commit("from git");
    let (_directory, repository) = empty();
    let options = ImportOptions {
        checkout: true,
        ..ImportOptions::default()
    };
    import_git(&repository, git.path(), options, &Silent).expect("imports");
    let root = repository.layout.root();
    fs::create_dir_all(root.join("d/e")).expect("creates");
    let kept = pointer(b"elsewhere");
    let edits = [
        ("a.bin", "changed here", true),
        ("d/e/new.bin", "new", true),
        ("d/moved.bin", "from git", true),
        ("exact", "exact", true),
        ("d/exact", "elsewhere", false),
        ("raw/own.bin", "raw", false),
        ("empty.bin", "", false),
        ("kept.bin", &kept, false),
        ("plain.txt", "plain", false),
    ];
    for (path, contents, _) in &edits[1..] {
        fs::write(root.join(path), contents).expect("writes");
    }
    commit(&repository, edits[0].0, edits[0].1);
    let (_target, path) = nowhere();
    export(&repository, &path);
    let exported = Git::at(&path);
    exported.run(&["fsck", "--full", "--strict"]);
    let check = |revision: &str| {
        for (path, contents, is_pointer) in &edits {
            let expected = match is_pointer {
                true => pointer(contents.as_bytes()),
                false => (*contents).to_owned(),
            };
            let found = exported.run(&["cat-file", "-p", &format!("{revision}:{path}")]);
            assert_eq!(found, expected, "{path}");
        }
    };
    check("main");
    let stored = fs::read(place(&path.join("lfs"), b"changed here"));
    assert_eq!(stored.expect("there"), b"changed here");
    // The next export finds the rules below what git has already.
    commit(&repository, "later.bin", "later");
    export(&repository, &path);
    check("main");
    let found = exported.run(&["cat-file", "-p", "main:later.bin"]);
    assert_eq!(found, pointer(b"later"));
    // Whoever imports that has the same files.
    let (_directory, again) = empty();
    exported.import(&again).expect("imports");
    assert_eq!(read(&again, "main", "d/e/new.bin"), b"new");
    assert_eq!(read(&again, "main", "kept.bin"), kept.as_bytes());
}

#[test]
fn a_stream_has_pointers() {
    let git = Git::init();
    write(&git, "a.bin", b"contents");
    git.commit("a pointer");
    let (_directory, repository) = imported(&git);
    let mut stream = Vec::new();
    let summary = export_stream(&repository, &mut stream, &Silent).expect("exports");
    assert_eq!(
        (summary.lfs_pointers, summary.objects, summary.lost),
        (1, 0, vec![])
    );
    let made = Git::init();
    made.run_with(&["fast-import", "--quiet"], &stream);
    assert_eq!(made.refs(), git.refs());
}
