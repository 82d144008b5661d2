//! What is read of stored mpacks to build what a reader lacks.

use std::sync::Arc;
use std::time::Duration;

use muse_wire::api::fetch::FetchRequest;
use muse_wire::id::CommitId;

use crate::blobs::Blobs;
use crate::fetch::{Fetch, FetchOptions, FetchOutcome};
use crate::history::VisibleObjects;
use crate::sandbox::{Client, GatedBlobs, Project, Sandbox, noise};

/// The answer to a fetch by a server whose blobs are far away, and how many bytes it read of them.
async fn plan_from_afar(
    sandbox: &Sandbox,
    want: CommitId,
    have: CommitId,
    thin: bool,
) -> (FetchOutcome, u64) {
    let store = sandbox.store().clone();
    let gate = Arc::new(GatedBlobs::new(sandbox.blobs()));
    let visible = Arc::new(VisibleObjects::new(store.clone()));
    let options = FetchOptions {
        presign_lifetime: Duration::from_secs(900),
        patience: Duration::from_secs(60),
    };
    let fetch = Fetch::new(store, Arc::clone(&gate) as Blobs, visible, options);
    let request = FetchRequest {
        want: vec![want],
        have: vec![have],
        thin,
        ..FetchRequest::default()
    };
    let outcome = fetch.plan(&sandbox.repo, request).await.expect("planned");
    (outcome, gate.range_bytes())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_small_pull_reads_a_small_part_of_a_large_mpack() {
    let sandbox = Sandbox::new().await;
    let mut project = Project::default();
    // 48 MiB of objects that fill frames, one of 8 MiB in chunks, and two small commits.
    let large: Vec<(String, Vec<u8>)> = (0..16)
        .map(|number| (format!("large{number:02}"), noise(number, 3 << 20)))
        .chain([("huge".to_owned(), noise(99, 8 << 20))])
        .collect();
    let files: Vec<(&str, Option<&[u8]>)> = large
        .iter()
        .map(|(name, contents)| (name.as_str(), Some(contents.as_slice())))
        .collect();
    let first = project.add(&[], &files);
    let second = project.add(&[first], &[("zz", Some("a small file"))]);
    let third = project.add(&[second], &[("zz", Some("a small file, changed"))]);
    sandbox.push_main(&project, &[first, second, third]).await;
    for thin in [false, true] {
        let (outcome, read_bytes) = plan_from_afar(&sandbox, third, second, thin).await;
        let FetchOutcome::Plan(plan) = outcome else {
            panic!("it was left to a job");
        };
        assert_eq!(plan.mpacks[0].counts.commits, 1);
        // A frame of up to 16 MiB for the file, and one for the version that it is compressed with.
        assert!(read_bytes <= 33 << 20, "{read_bytes} bytes were read");
    }
    let mut client = Client::default();
    sandbox.fetch(&mut client, &[second]).await;
    sandbox.fetch(&mut client, &[third]).await;
}
