//! Large objects in plans: every client gets the chunks that it lacks, and few others.

use muse_wire::id::{CommitId, ObjectId};

use super::until_idle;
use crate::sandbox::{Client, DraftChunk, Project, Sandbox, noise, update};
use crate::store::Actor;

const MIB: usize = 1024 * 1024;

/// Versions of a file of 16 MiB, each with one byte changed.
fn versions(project: &mut Project, count: usize) -> Vec<CommitId> {
    let mut contents = noise(1, 16 * MIB);
    let mut line: Vec<CommitId> = Vec::new();
    for version in 0..count {
        contents[(version + 1) * 4 * MIB] ^= 1;
        let parent = line.last().copied();
        line.push(project.add(parent.as_slice(), &[("large", Some(&contents))]));
    }
    line
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_in_the_middle_of_an_mpack_gets_only_new_chunks() {
    let sandbox = Sandbox::new().await;
    let mut project = Project::default();
    let line = versions(&mut project, 3);
    sandbox.push_main(&project, &line).await;
    let mut client = Client::default();
    let plan = sandbox.fetch(&mut client, &line[..1]).await;
    let first = plan.mpacks[0].size_bytes;
    assert!(
        (16 * MIB as u64..17 * MIB as u64).contains(&first),
        "{first}"
    );
    let plan = sandbox.fetch(&mut client, &line[1..2]).await;
    let counts = plan.mpacks[0].counts;
    assert_eq!((counts.objects, counts.object_bytes), (1, 16 * MIB as u64));
    let second = plan.mpacks[0].size_bytes;
    assert!(second < 5 * MIB as u64, "{second}");
    // A client that knows nothing gets something else.
    let mut other = Client::default();
    let plan = sandbox.fetch(&mut other, &line[1..2]).await;
    assert!(plan.mpacks[0].size_bytes > second);
    sandbox.fetch(&mut client, &line[2..]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn chunks_that_only_a_deleted_branch_brought_are_still_given() {
    let sandbox = Sandbox::new().await;
    let mut project = Project::default();
    let main = project.add_line(None, 1)[0];
    sandbox.push_main(&project, &[main]).await;
    let contents = noise(1, 12 * MIB);
    let dev = project.add(&[main], &[("draft", Some(&contents))]);
    let brought = project.mpack(&[dev]);
    let made = update("dev", None, Some(dev));
    sandbox.push(&brought, &[made]).await.expect("pushed");
    // The pusher of `main` knows that the server has the chunks through `dev`.
    let longer = [&contents[..], b"and more"].concat();
    let tip = project.add(&[main], &[("large", Some(&longer))]);
    let updates = [
        update("main", Some(main), Some(tip)),
        update("dev", Some(dev), None),
    ];
    let pushed = project.mpack_after(&[&brought], &[tip]);
    assert!(pushed.len() < 5 * MIB);
    sandbox.push(&pushed, &updates).await.expect("pushed");
    let (client, plan) = sandbox.clone_all().await;
    assert!(!client.has_commit(&dev));
    assert!(!client.objects.contains(&ObjectId::of(&contents)));
    let total: u64 = plan.mpacks.iter().map(|mpack| mpack.size_bytes).sum();
    assert!(total < 17 * MIB as u64, "{total}");
    // More pushes on top are given as they came.
    let more = project.add_line(Some(tip), 1);
    sandbox.push_main(&project, &more).await;
    until_idle(&sandbox).await;
    let (client, plan) = sandbox.clone_all().await;
    assert!(!client.objects.contains(&ObjectId::of(&contents)));
    assert_eq!(plan.cache, "HIT");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_with_two_lists_is_given_with_both() {
    let sandbox = Sandbox::new().await;
    let mut project = Project::default();
    let mut tip = project.add_line(None, 1)[0];
    sandbox.push_main(&project, &[tip]).await;
    let main = tip;
    let parts: Vec<Vec<u8>> = (2..5).map(|seed| noise(seed, 2 * MIB)).collect();
    let contents = parts.concat();
    let lists = [
        vec![parts[0].clone(), parts[1].clone(), parts[2].clone()],
        vec![[&parts[0][..], &parts[1]].concat(), parts[2].clone()],
    ];
    let mut lost = Vec::new();
    // Branches bring the chunks of both lists, and `main` uses them.
    for (number, chunks) in lists.iter().enumerate() {
        let (name, file) = (format!("dev{number}"), format!("file{number}0"));
        let dev = project.add(&[main], &[(&file, Some(&contents))]);
        let here = chunks.iter().cloned().map(DraftChunk::Here);
        let mut draft = project.draft(&[dev]);
        draft.objects.clear();
        draft.lists = vec![(ObjectId::of(&contents), here.collect())];
        let made = update(&name, None, Some(dev));
        sandbox.push(&draft.write(), &[made]).await.expect("pushed");
        lost.push(update(&name, Some(dev), None));
    }
    for (number, chunks) in lists.iter().enumerate() {
        let file = format!("file{number}1");
        let next = project.add(&[tip], &[(&file, Some(&contents))]);
        let elsewhere = chunks.iter().map(|chunk| {
            let length = u32::try_from(chunk.len()).expect("short");
            DraftChunk::Elsewhere(muse_wire::id::ChunkId::of(chunk), length)
        });
        let mut draft = project.draft(&[next]);
        draft.objects.clear();
        draft.lists = vec![(ObjectId::of(&contents), elsewhere.collect())];
        let moved = update("main", Some(tip), Some(next));
        sandbox
            .push(&draft.write(), &[moved])
            .await
            .expect("pushed");
        tip = next;
    }
    let mpack = project.mpack(&[main]);
    sandbox.push(&mpack, &lost).await.expect("deleted");
    let (client, _) = sandbox.clone_all().await;
    assert!(client.has_commit(&tip));
}

#[tokio::test(flavor = "multi_thread")]
async fn chunks_of_a_blocked_object_are_given_with_others_that_have_them() {
    let sandbox = Sandbox::new().await;
    let mut project = Project::default();
    let line = versions(&mut project, 2);
    sandbox.push_main(&project, &line[..1]).await;
    let pushed = project.mpack_after(&[&project.mpack(&line[..1])], &line[1..]);
    let moved = update("main", Some(line[0]), Some(line[1]));
    sandbox.push(&pushed, &[moved]).await.expect("pushed");
    let (record, store) = (&project.commit(&line[0]).record, sandbox.store());
    let blocked = record.additions().next().expect("one file").1.object;
    store
        .block_object(&blocked, "takedown", Actor::Operator)
        .await
        .expect("blocked");
    let (client, _) = sandbox.clone_all().await;
    assert_eq!(client.withheld, [blocked].into());
    // A branch that never had the blocked version.
    let tree = &project.commit(&line[1]).tree;
    let (_, entry) = tree.entries().remove(0);
    let clean = project.add_again(&[], "large", entry.object);
    let mut draft = project.draft(&[clean]);
    draft.objects.clear();
    let made = update("clean", None, Some(clean));
    sandbox.push(&draft.write(), &[made]).await.expect("pushed");
    let mut client = Client::default();
    sandbox.fetch(&mut client, &[clean]).await;
    assert!(client.objects.contains(&entry.object) && !client.objects.contains(&blocked));
}
