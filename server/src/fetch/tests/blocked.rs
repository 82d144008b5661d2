//! Blocked objects are in no plan, nor is an mpack that holds one: plans name them.

use std::collections::HashSet;

use muse_wire::api::fetch::WithheldObject;
use muse_wire::id::{CommitId, ObjectId};
use muse_wire::mpack::Mpack;

use super::{commit_counts, pushed, until_idle};
use crate::sandbox::{Client, Project, Sandbox, noise, update};
use crate::store::Actor;

async fn block(sandbox: &Sandbox, contents: &[u8]) -> ObjectId {
    let id = ObjectId::of(contents);
    let blocked = sandbox
        .store()
        .block_object(&id, "takedown", Actor::Operator)
        .await;
    blocked.expect("blocked");
    id
}

async fn unblock(sandbox: &Sandbox, id: &ObjectId) {
    let unblocked = sandbox.store().unblock_object(id, Actor::Operator).await;
    unblocked.expect("unblocked");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_names_what_it_withholds_and_gives_the_rest() {
    let (sandbox, _, main) = pushed(&[1, 1, 1]).await;
    let id = block(&sandbox, b"contents 1").await;
    let named = WithheldObject {
        object: id,
        reason: "takedown".to_owned(),
    };
    let (client, plan) = sandbox.clone_all().await;
    assert_eq!(plan.withheld, std::slice::from_ref(&named));
    assert_eq!(
        (client.objects.len(), client.objects.contains(&id)),
        (2, false)
    );
    // Without the first commit, all of the second has to be built.
    let mut client = Client::default();
    sandbox.fetch(&mut client, &main[..1]).await;
    let plan = sandbox.fetch(&mut client, &main[1..2]).await;
    assert_eq!(
        (&plan.withheld[..], commit_counts(&plan)),
        (&[named][..], vec![1])
    );
    assert!(!client.objects.contains(&id));
    // What comes after it is given as it was pushed.
    let plan = sandbox.fetch(&mut client, &main[2..]).await;
    assert_eq!((plan.mpacks.len(), plan.cache.as_str()), (1, "HIT"));
    // Who has it is told nothing.
    let plan = sandbox.plan(&main[2..], &main[1..2]).await;
    assert_eq!(plan.expect("planned").withheld, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_taken_down_is_withheld_until_it_is_restored() {
    let (sandbox, _, _) = pushed(&[1, 1]).await;
    let (store, repo, id) = (sandbox.store(), &sandbox.repo, ObjectId::of(b"contents 1"));
    let taken_down = store.take_down(repo, &id, "order 7", Actor::Operator).await;
    taken_down.expect("taken down");
    let (mut client, plan) = sandbox.clone_all().await;
    assert_eq!(
        (plan.withheld.len(), client.objects.contains(&id)),
        (1, false)
    );
    let restored = store.restore_object(repo, &id, Actor::Operator).await;
    assert!(restored.expect("asked"));
    let tips: Vec<CommitId> = sandbox.refs().await.into_values().collect();
    let plan = sandbox.fetch(&mut client, &tips).await;
    assert_eq!(
        (plan.withheld.len(), client.objects.contains(&id)),
        (0, true)
    );
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
    assert_eq!(plan.withheld, [], "no commit has it");
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_merged_mpacks_nor_earlier_builds_give_a_blocked_object() {
    let (sandbox, _, main) = pushed(&[1; 16]).await;
    until_idle(&sandbox).await;
    let (_, plan) = sandbox.clone_all().await;
    assert_eq!(commit_counts(&plan).iter().sum::<u64>(), 16);
    assert!(plan.mpacks.len() < 10);
    let from_the_middle = sandbox.plan(&main[2..3], &[]).await.expect("planned");
    assert_eq!(from_the_middle.mpacks.len(), 3);
    let id = block(&sandbox, b"contents 1").await;
    for want in [&main[15..], &main[2..3]] {
        let mut client = Client::default();
        let plan = sandbox.fetch(&mut client, want).await;
        assert_eq!(client.withheld, HashSet::from([id]));
        for mpack in plan.mpacks {
            let bytes = mpack.inline.expect("small");
            let tables = Mpack::from_bytes(bytes).expect("opens");
            assert!(!tables.tables().has_object(&id));
        }
    }
    unblock(&sandbox, &id).await;
    let (client, plan) = sandbox.clone_all().await;
    assert_eq!(commit_counts(&plan).iter().sum::<u64>(), 16);
    assert!(client.objects.contains(&id));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_withheld_comes_with_the_first_plan_after_the_block() {
    let (sandbox, mut project, main) = pushed(&[1, 1]).await;
    let id = block(&sandbox, b"contents 1").await;
    let (mut client, _) = sandbox.clone_all().await;
    // As long as it is blocked, it is withheld again, also where nothing else is new.
    sandbox.fetch(&mut client, &main[1..]).await;
    assert_eq!(client.withheld, HashSet::from([id]));
    unblock(&sandbox, &id).await;
    let more = project.add_line(main.last().copied(), 1);
    sandbox.push_main(&project, &more).await;
    let mut other = client.clone();
    for (client, want) in [(&mut client, &main[1..]), (&mut other, &more[..])] {
        sandbox.fetch(client, want).await;
        assert!(client.withheld.is_empty() && client.objects.contains(&id));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_ref_reaches_is_not_given_to_who_says_that_it_was_withheld() {
    let (sandbox, mut project, main) = pushed(&[1]).await;
    let dev = project.add(&main, &[("secret", Some("of dev"))]);
    let made = update("dev", None, Some(dev));
    let mpack = project.mpack(&[dev]);
    sandbox.push(&mpack, &[made]).await.expect("pushed");
    let gone = update("dev", Some(dev), None);
    sandbox.push(&mpack, &[gone]).await.expect("deleted");
    let secret = ObjectId::of(b"of dev");
    for is_blocked in [false, true] {
        if is_blocked {
            block(&sandbox, b"of dev").await;
        }
        let (mut client, _) = sandbox.clone_all().await;
        client.withheld = [secret, ObjectId::of(b"unknown")].into();
        let plan = sandbox.fetch(&mut client, &main).await;
        assert!(plan.mpacks.is_empty() && plan.withheld.is_empty());
    }
}

/// Two versions of a large file, pushed one by one, of which the first is blocked.
async fn blocked_first_version() -> (Sandbox, Project, Vec<CommitId>, ObjectId) {
    let sandbox = Sandbox::new().await;
    let mut project = Project::default();
    let mut contents = noise(1, 16 << 20);
    let first = project.add(&[], &[("large", Some(&contents))]);
    sandbox.push_main(&project, &[first]).await;
    let id = block(&sandbox, &contents).await;
    contents[8 << 20] ^= 1;
    let second = project.add(&[first], &[("large", Some(&contents))]);
    let pushed = project.mpack_after(&[&project.mpack(&[first])], &[second]);
    let moved = update("main", Some(first), Some(second));
    sandbox.push(&pushed, &[moved]).await.expect("pushed");
    (sandbox, project, vec![first, second], id)
}

#[tokio::test(flavor = "multi_thread")]
async fn who_lacks_a_withheld_large_object_gets_every_chunk_of_the_next_version() {
    let (sandbox, _, line, id) = blocked_first_version().await;
    let mut client = Client::default();
    let plan = sandbox.fetch(&mut client, &line[..1]).await;
    assert_eq!(plan.withheld[0].object, id);
    assert!(client.chunks.is_empty());
    let mut lifted = client.clone();
    sandbox.fetch(&mut client, &line[1..]).await;
    assert_eq!((client.objects.len(), client.withheld.len()), (1, 1));

    // Once it is not blocked any more, both versions come together.
    unblock(&sandbox, &id).await;
    sandbox.fetch(&mut lifted, &line[1..]).await;
    assert!(lifted.withheld.is_empty() && lifted.objects.len() == 2);
    sandbox.fetch(&mut client, &line[1..]).await;
    assert!(client.withheld.is_empty() && client.objects.len() == 2);
}
