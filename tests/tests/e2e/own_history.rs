//! This project's own history, imported from git: every commit's tree is the one that git lists.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use muse::repository::Repository;
use muse_e2e::harness::{Backend, Sandbox, Scenario, listing};
use muse_wire::snapshot::EntryKind;

/// The repository that this is built from; `None` in an unpacked archive.
fn own_repository() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent()?;
    root.join(".git").exists().then(|| root.to_owned())
}

/// What git lists for a commit: path to mode and blob.
fn git_tree(
    sandbox: &Sandbox,
    repository: &Path,
    commit: &str,
) -> BTreeMap<String, (String, String)> {
    let listed = sandbox
        .git(repository)
        .args(["ls-tree", "-r", "-z", commit])
        .ok();
    listed
        .stdout
        .split_terminator('\0')
        .map(|line| {
            let (facts, path) = line.split_once('\t').expect("git's format");
            let mut facts = facts.split(' ');
            let mode = facts.next().expect("a mode").to_owned();
            let blob = facts.nth(1).expect("a blob").to_owned();
            (path.to_owned(), (mode, blob))
        })
        .collect()
}

#[test]
fn every_tree_is_gits() {
    let Some(own) = own_repository() else {
        skip_unless_there();
        return;
    };
    let sandbox = Sandbox::new();
    sandbox
        .muse(".")
        .args(["import", "git"])
        .arg(&own)
        .arg("imported")
        .ok();
    let repository = Repository::open(&sandbox.path("imported")).expect("it was just made");
    let mut blobs = BTreeMap::new();
    let mut commits = 0;
    let mut pending = vec![
        repository
            .refs
            .head_commit()
            .expect("HEAD is read")
            .expect("HEAD has a commit"),
    ];
    let mut seen = std::collections::BTreeSet::new();
    while let Some(id) = pending.pop() {
        if !seen.insert(id) {
            continue;
        }
        let commit = repository.objects.commit(&id).expect("the commit is read");
        pending.extend(&commit.parents);
        let git_id = &commit.metadata["git.commit"];
        let tree = repository
            .objects
            .tree(&commit.snapshot)
            .expect("the tree is read");
        let ours: BTreeMap<_, _> = tree
            .entries()
            .into_iter()
            .map(|(path, entry)| {
                let mode = match entry.kind {
                    EntryKind::File => "100644",
                    EntryKind::Executable => "100755",
                    EntryKind::Symlink => "120000",
                };
                (path.as_str().to_owned(), (mode.to_owned(), entry.object))
            })
            .collect();
        let theirs = git_tree(&sandbox, &own, git_id);
        assert!(ours.keys().eq(theirs.keys()), "{git_id}: other paths");
        for (path, (mode, object)) in &ours {
            let (git_mode, git_blob) = &theirs[path];
            assert_eq!(mode, git_mode, "{git_id}: {path}");
            // One blob is always one object, and two blobs are never the same.
            let known = blobs.entry(git_blob.clone()).or_insert(*object);
            assert_eq!(known, object, "{git_id}: {path}");
        }
        commits += 1;
    }
    let counted = sandbox.git(&own).args(["rev-list", "--count", "HEAD"]).ok();
    assert_eq!(counted.line().parse(), Ok(commits));
    // And the blobs' bytes are the objects' bytes.
    for (blob, object) in blobs {
        let contents = repository
            .objects
            .read_object(&object)
            .expect("the object is read");
        let mut hashed = sandbox
            .git(&own)
            .args(["hash-object", "--stdin"])
            .stdin(contents)
            .ok();
        hashed.stdout.truncate(blob.len());
        assert_eq!(hashed.stdout, blob);
    }
}

#[test]
fn it_travels_whole() {
    let Some(own) = own_repository() else {
        skip_unless_there();
        return;
    };
    let scenario = Scenario::new(Backend::Embedded);
    let url = scenario.create_repo("own");
    scenario
        .muse(".")
        .args(["import", "git"])
        .arg(&own)
        .arg("imported")
        .ok();
    scenario.ok("imported", &format!("remote add origin {url}"));
    scenario.ok("imported", "push origin --all");
    let branch = scenario
        .sandbox()
        .git(&own)
        .args(["rev-parse", "--abbrev-ref", "HEAD"])
        .ok();
    let mut clone = vec!["clone", &url, "clone"];
    if branch.line() != "HEAD" {
        clone.extend(["-b", branch.line()]);
    }
    scenario.muse(".").args(clone).ok();
    if branch.line() == "HEAD" {
        let head = scenario.revision("imported", "HEAD");
        scenario.ok("clone", &format!("switch --detach {head}"));
    }
    let sandbox = scenario.sandbox();
    assert_eq!(
        listing(&sandbox.path("clone")),
        listing(&sandbox.path("imported"))
    );
    let commits = |directory| {
        let log = scenario.ok(directory, "log --oneline").stdout;
        let ids = log.lines().filter_map(|line| line.split(' ').next());
        ids.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(commits("clone"), commits("imported"));
}

/// In CI the sources may be an archive as well: this skip is no failure there.
#[expect(
    clippy::print_stderr,
    reason = "a skipped test must be visible, and tests have no printer"
)]
fn skip_unless_there() {
    eprintln!("SKIPPED: the sources are no git repository");
}
