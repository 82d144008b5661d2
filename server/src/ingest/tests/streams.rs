//! Streamed pushes: small, answered when they are done, and few at a time.

use std::time::Duration;

use muse_wire::api::job::JobState;
use muse_wire::api::push::RefUpdate;
use muse_wire::id::CommitId;
use muse_wire::limits::{STREAM_MAX_DIRECTORY_BYTES, STREAM_MAX_OBJECTS, STREAM_MAX_RAW_BYTES};
use muse_wire::problem::ProblemCode;
use tokio::time::{sleep, timeout};

use super::{add_large_directory, code_of, stream};
use crate::ingest::service::MAX_CONCURRENT_STREAMS;
use crate::sandbox::{Project, Sandbox, update};

#[tokio::test(flavor = "multi_thread")]
async fn a_streamed_push_is_done_when_it_is_answered() {
    let sandbox = Sandbox::idle(|_| {}).await;
    let mut project = Project::default();
    let line = project.add_line(None, 2);
    let mpack = project.mpack(&line);
    let main = update("main", None, line.last().copied());
    let status = stream(&sandbox, Some(&mpack), vec![main])
        .await
        .expect("pushed");
    assert_eq!(
        (status.status, status.commits_written),
        (JobState::Done, Some(2))
    );
    // Refs alone: one is created, one deleted.
    let updates = vec![
        update("copy", None, Some(line[0])),
        RefUpdate {
            delete_default_branch: true,
            ..update("main", line.last().copied(), None)
        },
    ];
    stream(&sandbox, None, updates).await.expect("pushed");
    let refs = sandbox.refs().await;
    assert_eq!(
        refs.into_iter().collect::<Vec<_>>(),
        [("refs/heads/copy".to_owned(), line[0])]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_streamed_push_waits_for_a_permit() {
    let sandbox = Sandbox::idle(|_| {}).await;
    let mut project = Project::default();
    let line = project.add_line(None, 1);
    let mpack = project.mpack(&line);
    let permits = u32::try_from(MAX_CONCURRENT_STREAMS).expect("few");
    let ingest = &sandbox.server.ingest;
    let taken = ingest.stream_permits.acquire_many(permits).await;
    let push = stream(
        &sandbox,
        Some(&mpack),
        vec![update("main", None, Some(line[0]))],
    );
    let mut push = std::pin::pin!(push);
    let early = timeout(Duration::from_millis(100), &mut push).await;
    assert!(early.is_err() && sandbox.refs().await.is_empty());
    drop(taken);
    push.await.expect("pushed");
    assert_eq!(sandbox.refs().await["refs/heads/main"], line[0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_of_too_many_objects_is_not_streamed() {
    let sandbox = Sandbox::new().await;
    let mut project = Project::default();
    let names: Vec<String> = (0..STREAM_MAX_OBJECTS).map(|n| n.to_string()).collect();
    let files: Vec<_> = names
        .iter()
        .map(|name| (name.as_str(), Some(name)))
        .collect();
    let tip = project.add(&[], &files);
    let mpack = project.mpack(&[tip]);
    let main = update("main", None, Some(tip));
    let refused = stream(&sandbox, Some(&mpack), vec![main.clone()]).await;
    assert_eq!(
        code_of(refused.expect_err("refused")),
        ProblemCode::PushTooLarge
    );
    sandbox.push(&mpack, &[main]).await.expect("uploaded");

    let fewer = project.add(&[], &files[1..]);
    let mpack = project.mpack(&[fewer]);
    let side = update("side", None, Some(fewer));
    let done = stream(&sandbox, Some(&mpack), vec![side]).await;
    assert_eq!(
        done.expect("one fewer").objects_written,
        Some(0),
        "the repository has them"
    );
}

/// An mpack of a few kilobytes that inflates to `bytes` in several objects, and its commit.
fn inflating(project: &mut Project, bytes: u64) -> (Vec<u8>, CommitId) {
    let length = 8_000_000;
    let contents: Vec<Vec<u8>> = (0..bytes / length)
        .map(|number| {
            let mut contents = vec![0; length as usize];
            contents[..8].copy_from_slice(&number.to_le_bytes());
            contents
        })
        .collect();
    let names: Vec<String> = (0..contents.len()).map(|n| n.to_string()).collect();
    let files: Vec<_> = names
        .iter()
        .map(String::as_str)
        .zip(contents.iter().map(Some))
        .collect();
    let tip = project.add(&[], &files);
    (project.mpack(&[tip]), tip)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_small_file_that_inflates_far_is_not_streamed() {
    let sandbox = Sandbox::new().await;
    let (mpack, tip) = inflating(&mut Project::default(), STREAM_MAX_RAW_BYTES);
    assert!(mpack.len() < 1_000_000);
    let main = update("main", None, Some(tip));
    let refused = stream(&sandbox, Some(&mpack), vec![main.clone()]).await;
    assert_eq!(
        code_of(refused.expect_err("refused")),
        ProblemCode::PushTooLarge
    );
    sandbox.push(&mpack, &[main]).await.expect("uploaded");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_that_hashes_a_large_directory_again_and_again_is_not_streamed() {
    let sandbox = Sandbox::idle(|_| {}).await;
    let mut project = Project::default();
    let mut line = vec![add_large_directory(&mut project)];
    let main = update("main", None, Some(line[0]));
    let first = stream(&sandbox, Some(&project.mpack(&line)), vec![main]).await;
    first.expect("pushed");
    let hashed_bytes = STREAM_MAX_DIRECTORY_BYTES as usize;
    for number in 0..hashed_bytes / 29_000_000 + 1 {
        let name = format!("{number:0255}");
        line.push(project.add(&[line[number]], &[(&name, Some("1"))]));
    }
    let mpack = project.mpack(&line[1..]);
    assert!(mpack.len() < 1_000_000);
    let main = update("main", Some(line[0]), line.last().copied());
    let refused = stream(&sandbox, Some(&mpack), vec![main]).await;
    let code = code_of(refused.expect_err("refused"));
    assert_eq!(code, ProblemCode::PushTooLarge);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_push_stops_and_keeps_its_permit_until_then() {
    let sandbox = Sandbox::idle(|_| {}).await;
    let (mpack, tip) = inflating(&mut Project::default(), STREAM_MAX_RAW_BYTES - 8_000_000);
    let main = update("main", None, Some(tip));
    let permits = &sandbox.server.ingest.stream_permits;
    {
        let mut push = Box::pin(stream(&sandbox, Some(&mpack), vec![main]));
        while permits.available_permits() == MAX_CONCURRENT_STREAMS {
            let early = timeout(Duration::from_millis(1), &mut push).await;
            assert!(early.is_err(), "the push ended before it could be dropped");
        }
    }
    assert!(
        permits.available_permits() < MAX_CONCURRENT_STREAMS,
        "work goes on without a permit"
    );
    while permits.available_permits() < MAX_CONCURRENT_STREAMS {
        sleep(Duration::from_millis(1)).await;
    }
    assert!(
        sandbox.refs().await.is_empty(),
        "the push went on to its end"
    );
}
