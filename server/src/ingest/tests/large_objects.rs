//! Large objects: shared chunks, and lists that are wrong.

use muse_wire::id::{ChunkId, CommitId, ObjectId};
use muse_wire::mpack::{Counts, MpackWriter};
use muse_wire::problem::{Problem, ProblemCode};

use crate::sandbox::{Client, DraftChunk, Project, Sandbox, noise, update};
use crate::store::Actor;

const MIB: usize = 1024 * 1024;

/// A repository that has `contents` as a file, and the mpack that brought it.
async fn with_large(contents: &[u8]) -> (Sandbox, Project, CommitId, Vec<u8>) {
    let sandbox = Sandbox::new().await;
    let mut project = Project::default();
    let first = project.add(&[], &[("large", Some(contents))]);
    sandbox.push_main(&project, &[first]).await;
    let mpack = project.mpack(&[first]);
    (sandbox, project, first, mpack)
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_and_files_share_chunks() {
    let mut contents = noise(1, 24 * MIB);
    let (sandbox, mut project, first, mpack) = with_large(&contents).await;
    let before = sandbox.stored_bytes().await;
    assert!(before >= contents.len() as u64);
    let (mut behind, _) = sandbox.clone_all().await;

    // One byte differs, some are inserted, some are missing, and another file begins like it.
    contents[12 * MIB] ^= 1;
    contents.splice(5 * MIB..5 * MIB, *b"inserted");
    contents.drain(20 * MIB..20 * MIB + 100);
    let copy = [&contents[..10 * MIB], b"its own end"].concat();
    let files = [("large", Some(&contents)), ("copy", Some(&copy))];
    let second = project.add(&[first], &files);
    let pushed = project.mpack_after(&[&mpack], &[second]);
    let moved = update("main", Some(first), Some(second));
    let status = sandbox.push(&pushed, &[moved]).await.expect("pushed");
    assert_eq!(status.objects_written, Some(2));
    let growth = sandbox.stored_bytes().await - before;
    assert!(growth < 14 * MIB as u64, "{growth} bytes for four changes");

    sandbox.clone_all().await;
    let plan = sandbox.fetch(&mut behind, &[second]).await;
    assert_eq!((plan.mpacks.len(), plan.cache.as_str()), (1, "HIT"));
}

#[tokio::test(flavor = "multi_thread")]
async fn chunks_may_come_in_any_order_and_more_than_once() {
    let (sandbox, mut project, first, _) = with_large(&noise(1, 9 * MIB)).await;
    let parts: Vec<Vec<u8>> = (2..5).map(|seed| noise(seed, 3 * MIB)).collect();
    let order = [2, 0, 1, 0, 0, 2];
    let contents: Vec<u8> = order.iter().flat_map(|&part| parts[part].clone()).collect();
    let second = project.add(&[first], &[("large", Some(&contents))]);
    let mut draft = project.draft(&[second]);
    draft.objects.clear();
    // The first list sets the order in which the chunks lie in the mpack.
    let here = |part: usize| DraftChunk::Here(parts[part].clone());
    let sorted: Vec<u8> = parts.concat();
    draft.lists = vec![
        (ObjectId::of(&sorted), (0..3).map(here).collect()),
        (ObjectId::of(&contents), order.map(here).to_vec()),
    ];
    let moved = update("main", Some(first), Some(second));
    sandbox
        .push(&draft.write(), &[moved])
        .await
        .expect("pushed");
    sandbox.clone_all().await;
    let mut client = Client::default();
    sandbox.fetch(&mut client, &[first]).await;
    sandbox.fetch(&mut client, &[second]).await;
}

/// Pushes a file that claims to be `claimed` and has these chunks, to a repository that has 9 MiB
/// of noise.
async fn refused(
    claimed: &[u8],
    chunks: impl FnOnce(&[(ChunkId, u32)]) -> Vec<DraftChunk>,
) -> Problem {
    let large = noise(1, 9 * MIB);
    let (sandbox, mut project, first, _) = with_large(&large).await;
    let (store, repo) = (sandbox.store(), sandbox.repo.id);
    let id = ObjectId::of(&large);
    let stored = store.large_objects(repo, &[id]).await.expect("loaded");
    let second = project.add(&[first], &[("other", Some(claimed))]);
    let mut draft = project.draft(&[second]);
    draft.objects.clear();
    draft.lists = vec![(ObjectId::of(claimed), chunks(&stored[&id].chunks))];
    let moved = update("main", Some(first), Some(second));
    let refused = sandbox.push(&draft.write(), &[moved]).await;
    let problem = refused.expect_err("refused");
    assert_eq!(sandbox.refs().await["refs/heads/main"], first);
    assert_eq!(store.mpacks(repo).await.expect("listed").len(), 1);
    let ids = store.large_object_ids(repo).await.expect("loaded");
    assert_eq!(ids.len(), 1);
    sandbox.clone_all().await;
    problem
}

fn elsewhere(chunks: &[(ChunkId, u32)]) -> Vec<DraftChunk> {
    let draft = |(id, length): &(ChunkId, u32)| DraftChunk::Elsewhere(*id, *length);
    chunks.iter().map(draft).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn chunks_that_hash_to_another_object_are_refused() {
    let claimed = b"something else";
    let (one, other) = (noise(2, 3 * MIB), noise(3, 3 * MIB));
    let here = |contents: &[u8]| DraftChunk::Here(contents.to_vec());
    let in_order = refused(claimed, |_| vec![here(&one), here(&other)]).await;
    let again = refused(claimed, |_| vec![here(&one), here(&other), here(&one)]).await;
    let stored = refused(claimed, elsewhere).await;
    let mixed = refused(claimed, |stored| {
        let mut chunks = elsewhere(stored);
        chunks.insert(1, here(&one));
        chunks
    });
    for problem in [in_order, again, stored, mixed.await] {
        let code = problem.known_code();
        assert_eq!(code, Some(ProblemCode::ObjectIdMismatch), "{problem}");
        assert!(problem.detail.contains(&ObjectId::of(claimed).to_string()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chunk_that_is_nowhere_is_refused() {
    let missing = ChunkId::of(b"nowhere");
    let problem = refused(b"claimed", |stored| {
        let mut chunks = elsewhere(stored);
        chunks.push(DraftChunk::Elsewhere(missing, 4));
        chunks
    });
    let problem = problem.await;
    let code = problem.known_code();
    assert_eq!(code, Some(ProblemCode::MissingDependency));
    assert!(problem.detail.contains(&missing.to_string()), "{problem}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chunk_of_another_length_is_refused() {
    let problem = refused(b"claimed", |stored| {
        let mut chunks = elsewhere(stored);
        let (id, length) = stored[0];
        chunks[0] = DraftChunk::Elsewhere(id, length - 1);
        chunks
    });
    let code = problem.await.known_code();
    assert_eq!(code, Some(ProblemCode::MpackMalformed));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_limit_counts_large_objects_whole() {
    let contents = noise(1, 9 * MIB);
    let mut project = Project::default();
    let tip = project.add(&[], &[("large", Some(&contents))]);
    let mpack = project.mpack(&[tip]);
    for what in ["chunks", "object_bytes", "raw_bytes", "nothing"] {
        let mut sandbox = Sandbox::idle(|config| {
            let limits = &mut config.push_limits;
            match what {
                "chunks" => limits.objects = 2,
                "object_bytes" => limits.object_bytes = 9 * MIB as u64 - 1,
                "raw_bytes" => limits.raw_bytes = 9 * MIB as u64 - 1,
                _ => limits.object_bytes = 9 * MIB as u64,
            }
        })
        .await;
        sandbox.start_worker();
        let main = [update("main", None, Some(tip))];
        let code = sandbox
            .push(&mpack, &main)
            .await
            .err()
            .and_then(|problem| problem.known_code());
        let expected = (what != "nothing").then_some(ProblemCode::PushTooLarge);
        assert_eq!(code, expected, "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn chunks_that_no_list_has_count_too() {
    let mut sandbox = Sandbox::idle(|config| {
        config.push_limits.objects = 8;
        config.push_limits.raw_bytes = 4 * MIB as u64;
    })
    .await;
    sandbox.start_worker();
    for (count, length, expected) in [
        (8, MIB / 2, None),
        (9, 1, Some(ProblemCode::PushTooLarge)),
        (5, MIB, Some(ProblemCode::PushTooLarge)),
    ] {
        let mut writer = MpackWriter::new(Vec::new(), Counts::default()).expect("starts");
        for number in 0..count {
            let chunk = noise(number, length);
            let added = writer.add_chunk(ChunkId::of(&chunk), &chunk);
            added.expect("added");
        }
        let mpack = writer.finish().expect("finished").out;
        let code = sandbox.push(&mpack, &[]).await.err();
        let code = code.and_then(|problem| problem.known_code());
        assert_eq!(code, expected, "{count} chunks of {length} bytes");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blocked_large_object_is_refused() {
    let contents = noise(1, 9 * MIB);
    let sandbox = Sandbox::new().await;
    let blocked = ObjectId::of(&contents);
    let done = sandbox
        .store()
        .block_object(&blocked, "takedown", Actor::Operator)
        .await;
    done.expect("blocked");
    let mut project = Project::default();
    let tip = project.add(&[], &[("large", Some(&contents))]);
    let main = update("main", None, Some(tip));
    let refused = sandbox.push(&project.mpack(&[tip]), &[main]).await;
    let code = refused.expect_err("refused").known_code();
    assert_eq!(code, Some(ProblemCode::Blocked));
}
