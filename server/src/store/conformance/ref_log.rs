//! The log of moves of refs.

use super::TwoProcesses;
use super::sample::{self, MAIN, commit_id, moving, push_line, ref_name};
use crate::store::refs::RefLogPage;

const DEV: &str = "refs/heads/dev";

/// The log is read page by page, of one ref or of all, the latest move first.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn the_ref_log_is_read_in_pages(TwoProcesses { store, other }: &TwoProcesses) {
    let repo = sample::repo(store, "ada/notes").await.id;
    push_line(store, repo, 5).await;
    for commit in 1..=4 {
        let old = Some(commit).filter(|commit| *commit > 1).map(|one| one - 1);
        let moved = store.publish(moving(repo, DEV, old, Some(commit))).await;
        moved.expect("published");
    }
    let deletion = store.publish(moving(repo, DEV, Some(4), None)).await;
    deletion.expect("published");

    let page = async |name: Option<&str>, before, limit| {
        let page = RefLogPage {
            name: name.map(ref_name),
            before,
            limit,
        };
        other.ref_log(repo, &page).await.expect("read")
    };
    let mut targets = Vec::new();
    let mut before = None;
    loop {
        let moves = page(None, before, 2).await;
        let Some(last) = moves.last() else { break };
        before = Some(last.id);
        targets.extend(moves.iter().map(|one| (one.name.to_string(), one.new)));
    }
    let at = |name: &str, commit: Option<u32>| (name.to_owned(), commit.map(commit_id));
    assert_eq!(
        targets,
        [
            at(DEV, None),
            at(DEV, Some(4)),
            at(DEV, Some(3)),
            at(DEV, Some(2)),
            at(DEV, Some(1)),
            at(MAIN, Some(5)),
        ]
    );
    let moves = page(Some(MAIN), None, 2).await;
    assert_eq!((moves.len(), moves[0].new), (1, Some(commit_id(5))));
    assert_eq!(page(Some(DEV), None, 2).await[0].old, Some(commit_id(4)));
    let another = sample::repo(store, "ada/code").await.id;
    assert_eq!(sample::ref_log(store, another, MAIN).await, []);
}
