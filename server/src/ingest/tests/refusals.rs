//! Bad mpacks: each is refused for its own reason, and nothing of it is visible.

use std::collections::BTreeMap;

use muse_wire::commit::CommitEnvelope;
use muse_wire::id::{CommitId, Hasher, MpackKey, ObjectId, SnapshotId};
use muse_wire::limits::{
    MAX_BASE_TREE_BYTES, MAX_LINK_TARGET_BYTES, MAX_WHOLE_OBJECT_BYTES, PushLimits,
    RAW_BYTES_AT_ANY_RATIO,
};
use muse_wire::mpack::{FrameKind, Mpack, TRAILER_BYTES, Trailer};
use muse_wire::problem::{Problem, ProblemCode};
use muse_wire::snapshot::{EntryKind, SnapshotRecord};

use super::{add_large_directory, code_of, stream, with_two_commits};
use crate::blobs::BlobKey;
use crate::blobs::conformance::key_of;
use crate::ingest::limits::{MpackLimits, check_declared};
use crate::sandbox::{Draft, Project, Sandbox, noise, update};
use crate::store::Actor;
use crate::store::mpacks::StoredMpack;

/// Everything that a push could have changed: refs, the number of commits, mpacks.
async fn visible(sandbox: &Sandbox) -> (BTreeMap<String, CommitId>, u64, Vec<StoredMpack>) {
    let (store, repo) = (sandbox.store(), sandbox.repo.id);
    (
        sandbox.refs().await,
        store.commit_count(repo).await.expect("answers"),
        store.mpacks(repo).await.expect("answers"),
    )
}

/// Pushes a bad mpack under a key; checks that nothing of it is visible or served, and that its
/// bytes lie in quarantine where they alone are the reason, else where they were uploaded to;
/// returns what it was refused for.
async fn refused(sandbox: &Sandbox, line: &[CommitId], key: MpackKey, mpack: &[u8]) -> Problem {
    let before = visible(sandbox).await;
    let update = update("main", Some(line[1]), Some(line[2]));
    let problem = sandbox
        .push_as(key, mpack, &[update])
        .await
        .expect_err("refused");
    assert_eq!(visible(sandbox).await, before);
    let repo_id = sandbox.repo.uuid;
    let bytes = Some(mpack.len() as u64);
    let lacks_something = problem.known_code() == Some(ProblemCode::MissingDependency);
    for (blob, expected) in [
        (
            BlobKey::upload(repo_id, key),
            bytes.filter(|_| lacks_something),
        ),
        (BlobKey::mpack(repo_id, key), None),
        (
            BlobKey::quarantined(repo_id, key),
            bytes.filter(|_| !lacks_something),
        ),
    ] {
        let size_bytes = sandbox.blobs().size(&blob).await.expect("answers");
        assert_eq!(size_bytes, expected, "{blob}");
    }
    sandbox.clone_all().await;
    problem
}

async fn refused_draft(spoil: impl FnOnce(&mut Draft)) -> ProblemCode {
    let (sandbox, project, line) = with_two_commits().await;
    let mut draft = project.draft(&line[2..]);
    spoil(&mut draft);
    let mpack = draft.write();
    let problem = refused(&sandbox, &line, key_of(&mpack), &mpack).await;
    problem.known_code().expect("a known code")
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_do_not_hash_to_the_key_are_refused() {
    let (sandbox, project, line) = with_two_commits().await;
    let mpack = project.mpack(&line[2..]);
    let problem = refused(&sandbox, &line, MpackKey::from_bytes([7; 32]), &mpack).await;
    assert_eq!(problem.known_code(), Some(ProblemCode::MpackKeyMismatch));
    // A good upload of the same mpack is not affected.
    sandbox.push_main(&project, &line[2..]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_mpack_cut_at_any_byte_is_refused() {
    let (sandbox, project, line) = with_two_commits().await;
    let mpack = project.mpack(&line[2..]);
    for cut in [
        0,
        7,
        47,
        48,
        mpack.len() / 2,
        mpack.len() - 49,
        mpack.len() - 1,
    ] {
        let cut = &mpack[..cut];
        let problem = refused(&sandbox, &line, key_of(cut), cut).await;
        assert_eq!(
            problem.known_code(),
            Some(ProblemCode::MpackMalformed),
            "{}",
            cut.len()
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thin_mpack_with_a_wrong_beginning_is_refused() {
    let thin = include_bytes!("../../../../wire/tests/golden/thin.mpack");
    let (sandbox, _, line) = with_two_commits().await;
    // Magic, flags, the frame of the counts, and a count.
    for at in [0, 12, 20, 30] {
        let mut mpack = thin.to_vec();
        mpack[at] ^= 1;
        let problem = refused(&sandbox, &line, key_of(&mpack), &mpack).await;
        let code = problem.known_code();
        assert_eq!(code, Some(ProblemCode::MpackMalformed), "byte {at}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_under_a_wrong_id_is_refused() {
    let code = refused_draft(|draft| draft.objects[0].1 = b"something else".to_vec()).await;
    assert_eq!(code, ProblemCode::ObjectIdMismatch);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_known_object_under_wrong_bytes_is_refused_too() {
    // Its mpack would be served whole, so the wrong bytes would reach every clone.
    let wrong = (ObjectId::of(b"contents 0"), b"other bytes".to_vec());
    let code = refused_draft(|draft| draft.objects.push(wrong)).await;
    assert_eq!(code, ProblemCode::ObjectIdMismatch);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_record_that_does_not_decode_is_refused() {
    let code = refused_draft(|draft| {
        draft.commits[0].envelope = CommitEnvelope::plain(vec![0x98, 1, 0xc0]);
    })
    .await;
    assert_eq!(code, ProblemCode::CommitInvalid);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_generation_is_refused() {
    let code = refused_draft(|draft| draft.commits[0].generation = 9).await;
    assert_eq!(code, ProblemCode::CommitInvalid);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_whose_changes_give_another_id_is_refused() {
    let code = refused_draft(|draft| {
        draft.snapshots[0].changes.pop();
    })
    .await;
    assert_eq!(code, ProblemCode::SnapshotInvalid);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_to_what_is_no_target_is_refused_wherever_it_lies() {
    let (sandbox, mut project, mut line) = with_two_commits().await;
    let too_long = vec![b'x'; MAX_LINK_TARGET_BYTES + 1];
    let large = noise(1, 5 * 1024 * 1024);
    let bad = [b"".as_slice(), b"a\0b", &too_long, &large];
    // The same bytes are good contents of files.
    let files = [
        ("f1", Some(bad[0])),
        ("f2", Some(bad[1])),
        ("f3", Some(bad[2])),
        ("f4", Some(bad[3])),
    ];
    line[2] = project.add(&[line[1]], &files);
    sandbox.push_main(&project, &line[2..]).await;
    for target in bad {
        let link = [("link", Some(target))];
        let next = project.add_entries(&[line[2]], EntryKind::Symlink, &link);
        let line = [line[1], line[2], next];
        for in_mpack in [true, false] {
            let mut draft = project.draft(&[next]);
            if !in_mpack {
                draft.objects.clear();
            }
            let mpack = draft.write();
            let problem = refused(&sandbox, &line, key_of(&mpack), &mpack).await;
            let code = problem.known_code();
            assert_eq!(code, Some(ProblemCode::SnapshotInvalid), "{problem:?}");
        }
    }
    // What another commit brought as a file can be the target of a link.
    let link = [("link", Some(b"contents 0"))];
    let next = project.add_entries(&[line[2]], EntryKind::Symlink, &link);
    let mut draft = project.draft(&[next]);
    draft.objects.clear();
    let update = update("main", Some(line[2]), Some(next));
    sandbox
        .push(&draft.write(), &[update])
        .await
        .expect("pushed");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_is_nowhere_is_refused() {
    let code = refused_draft(|draft| draft.objects.clear()).await;
    assert_eq!(code, ProblemCode::MissingDependency);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_that_is_nowhere_is_refused() {
    let code = refused_draft(|draft| draft.snapshots.clear()).await;
    assert_eq!(code, ProblemCode::MissingDependency);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parent_that_is_nowhere_is_refused() {
    let (sandbox, mut project, line) = with_two_commits().await;
    let unpushed = project.add_line(line.last().copied(), 2);
    let mpack = project.mpack(&unpushed[1..]);
    let problem = refused(&sandbox, &line, key_of(&mpack), &mpack).await;
    assert_eq!(problem.known_code(), Some(ProblemCode::MissingDependency));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blocked_object_is_refused() {
    let (sandbox, project, line) = with_two_commits().await;
    let blocked = ObjectId::of(b"contents 2");
    sandbox
        .store()
        .block_object(&blocked, "takedown", Actor::Operator)
        .await
        .expect("blocked");
    let mpack = project.mpack(&line[2..]);
    let problem = refused(&sandbox, &line, key_of(&mpack), &mpack).await;
    assert_eq!(problem.known_code(), Some(ProblemCode::Blocked));
}

/// The same mpack with so many bytes in a section of its tables that no reader knows.
fn with_unknown_section(mpack: &[u8], section_bytes: u64) -> Vec<u8> {
    let (contents, trailer) = mpack.split_at(mpack.len() - TRAILER_BYTES as usize);
    let parsed = Trailer::parse(trailer, mpack.len() as u64).expect("it was just written");
    let (contents, frame) = contents.split_at(parsed.tables_offset as usize);
    // Tag and codec, the payload's length, the number of sections.
    let (tag, tables) = (&frame[..2], &frame[10..]);
    let (count, tables) = tables.split_first_chunk().expect("tables have a directory");
    let count = u32::from_le_bytes(*count);
    let (directory, sections) = tables.split_at(count as usize * 8);
    let length = u32::try_from(section_bytes).expect("below the format's limit");
    let payload = [
        &(count + 1).to_le_bytes()[..],
        directory,
        &1000_u32.to_le_bytes(),
        &length.to_le_bytes(),
        sections,
        &vec![0; section_bytes as usize],
    ]
    .concat();
    let mut hasher = Hasher::new();
    hasher.update(&payload);
    [
        contents,
        tag,
        &(payload.len() as u64).to_le_bytes(),
        &payload,
        &trailer[..8],
        &hasher.finish(),
        &trailer[40..],
    ]
    .concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_are_as_large_as_the_limits_can_need_and_a_little_more() {
    let limits = PushLimits {
        objects: 3,
        commits: 3,
        ..PushLimits::default()
    };
    let mut sandbox = Sandbox::idle(|config| config.push_limits = limits.clone()).await;
    sandbox.start_worker();
    let limits = MpackLimits::uploaded(limits);
    let mut project = Project::default();
    let line = project.add_line(None, 3);
    let mpack = project.mpack(&line);
    let table_bytes = |mpack: &[u8]| {
        let trailer = &mpack[mpack.len() - TRAILER_BYTES as usize..];
        let trailer = Trailer::parse(trailer, mpack.len() as u64);
        trailer.expect("it was just written").tables_bytes
    };
    let used = table_bytes(&with_unknown_section(&mpack, 0));
    let left = limits.table_bytes() - used;
    let main = update("main", None, Some(line[2]));
    let too_large = with_unknown_section(&mpack, left + 1);
    assert_eq!(table_bytes(&too_large), limits.table_bytes() + 1);
    let pushed = sandbox.push(&too_large, std::slice::from_ref(&main)).await;
    let problem = pushed.expect_err("one byte too many");
    assert_eq!(problem.known_code(), Some(ProblemCode::PushTooLarge));
    assert!(problem.detail.contains("bytes of tables"), "{problem:?}");
    let streamed = stream(&sandbox, Some(&too_large), vec![main.clone()]).await;
    let code = code_of(streamed.expect_err("one byte too many"));
    assert_eq!(code, ProblemCode::PushTooLarge);
    let largest = with_unknown_section(&mpack, left);
    sandbox
        .push(&largest, &[main])
        .await
        .expect("as large as allowed");
    sandbox.clone_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn trees_that_later_records_build_on_are_bounded() {
    let sandbox = Sandbox::new().await;
    let mut project = Project::default();
    let root = add_large_directory(&mut project);
    let main = update("main", None, Some(root));
    let pushed = sandbox.push(&project.mpack(&[root]), &[main]).await;
    pushed.expect("pushed");
    // Each has a directory of its own, of the size of the root's.
    let count = MAX_BASE_TREE_BYTES / 29_000_000 + 2;
    let forks: Vec<CommitId> = (0..count)
        .map(|number| project.add(&[root], &[(&format!("{number:0255}"), Some("1"))]))
        .collect();
    let mut draft = project.draft(&forks);
    // The last records, so that no tree can go before. They are not looked at any more.
    for (number, fork) in (0..).zip(&forks) {
        draft.snapshots.push(SnapshotRecord {
            id: SnapshotId::from_bytes([number; 32]),
            base: Some(project.commit(fork).commit.snapshot),
            changes: Vec::new(),
        });
    }
    let updates: Vec<_> = (0..)
        .zip(&forks)
        .map(|(number, fork)| update(&format!("fork{number}"), None, Some(*fork)))
        .collect();
    let problem = sandbox.push(&draft.write(), &updates).await;
    let problem = problem.expect_err("refused");
    assert_eq!(problem.known_code(), Some(ProblemCode::PushTooLarge));
    assert!(problem.detail.contains("build on"), "{problem:?}");
    let line = project.mpack(&forks);
    sandbox.push(&line, &updates).await.expect("no tree waits");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_limit_refuses_its_case() {
    for what in [
        "objects",
        "commits",
        "object_bytes",
        "raw_bytes",
        "mpack_bytes",
    ] {
        let mut sandbox = Sandbox::idle(|config| {
            let limits = &mut config.push_limits;
            match what {
                "objects" => limits.objects = 2,
                "commits" => limits.commits = 2,
                "object_bytes" => limits.object_bytes = 9,
                "raw_bytes" => limits.raw_bytes = 29,
                _ => limits.mpack_bytes = 100,
            }
        })
        .await;
        sandbox.start_worker();
        let mut project = Project::default();
        let line = project.add_line(None, 3);
        let update = update("main", None, Some(line[2]));
        let problem = sandbox
            .push(&project.mpack(&line), &[update])
            .await
            .expect_err("refused");
        let expected = match what {
            "mpack_bytes" => ProblemCode::MpackTooLarge,
            _ => ProblemCode::PushTooLarge,
        };
        assert_eq!(problem.known_code(), Some(expected), "{what}");
    }
}

#[test]
fn no_more_inflates_than_the_ratio_allows() {
    // Most is nothing but zeros: more than may have any ratio.
    let count = RAW_BYTES_AT_ANY_RATIO / MAX_WHOLE_OBJECT_BYTES + 1;
    let mut draft = Draft::default();
    for number in 0..count {
        let mut contents = vec![0; MAX_WHOLE_OBJECT_BYTES as usize];
        contents[..8].copy_from_slice(&number.to_le_bytes());
        draft.objects.push((ObjectId::of(&contents), contents));
    }
    let bytes = draft.write();
    let size_bytes = bytes.len() as u64;
    let mpack = Mpack::from_bytes(bytes).expect("opens");
    let tables = mpack.tables();
    let raw_bytes = tables.raw_bytes_of(&[FrameKind::Objects]);
    let takes = |ratio| {
        let limits = MpackLimits::uploaded(PushLimits {
            ratio,
            ..PushLimits::default()
        });
        check_declared(tables, size_bytes, &limits)
    };
    assert_eq!(
        code_of(takes(1_000).expect_err("by default")),
        ProblemCode::PushTooLarge
    );
    let needed = raw_bytes.div_ceil(size_bytes);
    takes(needed).expect("just enough");
    assert_eq!(
        code_of(takes(needed - 1).expect_err("not enough")),
        ProblemCode::PushTooLarge
    );
}
