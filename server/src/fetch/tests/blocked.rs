//! Blocked objects are in no plan, and nor is an mpack that holds one.

use muse_wire::id::ObjectId;
use muse_wire::problem::ProblemCode;

use super::pushed;
use crate::error::Error;
use crate::sandbox::{Client, Sandbox, update};

async fn block(sandbox: &Sandbox, contents: &[u8]) {
    let id = ObjectId::of(contents);
    let blocked = sandbox.store().block_object(&id, "takedown").await;
    blocked.expect("blocked");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fetch_that_needs_a_blocked_object_is_refused() {
    let (sandbox, _, main) = pushed(&[1, 1, 1]).await;
    block(&sandbox, b"contents 1").await;
    for (want, have) in [(&main[2..], &main[..0]), (&main[1..2], &main[..1])] {
        match sandbox.plan(want, have).await {
            Err(Error::Problem(problem)) => {
                assert_eq!(problem.known_code(), Some(ProblemCode::Blocked));
            }
            other => panic!("{other:?}"),
        }
    }
    // Before it and after it, nothing is missing.
    let mut client = Client::default();
    sandbox.fetch(&mut client, &main[..1]).await;
    let plan = sandbox.plan(&main[2..], &main[1..2]).await;
    assert_eq!(plan.expect("planned").mpacks.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_mpack_that_holds_a_blocked_object_is_not_given_whole() {
    let (sandbox, mut project, main) = pushed(&[1]).await;
    let tip = project.add(&main, &[("file", Some("needed"))]);
    let mut draft = project.draft(&[tip]);
    let extra = ObjectId::of(b"extra");
    draft.objects.push((extra, b"extra".to_vec()));
    let moved = update("main", Some(main[0]), Some(tip));
    sandbox
        .push(&draft.write(), &[moved])
        .await
        .expect("pushed");
    let (client, plan) = sandbox.clone_all().await;
    assert!(client.objects.contains(&extra) && plan.cache == "HIT");

    block(&sandbox, b"extra").await;
    let (client, plan) = sandbox.clone_all().await;
    assert!(!client.objects.contains(&extra) && plan.cache == "MISS");
}
