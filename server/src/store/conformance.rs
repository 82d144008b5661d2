//! What every database must do: one suite, run on each engine.
//!
//! [`store_conformance_tests!`](crate::store_conformance_tests) generates a test for each function.
//! Each has a database of its own, opened twice, as two processes would.

mod accounts;
mod audit;
mod blocks;
mod built_mpacks;
mod consolidation;
mod content;
mod fetch_plans;
mod jobs;
mod large_objects;
mod members;
mod protections;
mod publish;
mod queue;
mod ref_log;
mod refs;
mod repos;
pub(crate) mod sample;
mod signing_keys;
mod tokens;
mod unreachable;

pub use accounts::*;
pub use audit::*;
pub use blocks::*;
pub use built_mpacks::*;
pub use consolidation::*;
pub use content::*;
pub use fetch_plans::*;
pub use jobs::*;
pub use large_objects::*;
pub use members::*;
pub use protections::*;
pub use publish::*;
pub use queue::*;
pub use ref_log::*;
pub use refs::*;
pub use repos::*;
pub use signing_keys::*;
pub use tokens::*;
pub use unreachable::*;

use super::{Store, StoreOptions};

/// An empty database, as two processes see it.
#[derive(Debug)]
pub struct TwoProcesses {
    /// What a test works with.
    pub store: Store,
    /// The other process.
    pub other: Store,
}

/// Opens an empty database twice; both apply the migrations at the same time.
///
/// # Panics
/// Where it cannot be opened.
pub async fn open(url: &str) -> TwoProcesses {
    let options = StoreOptions {
        max_connections: 4,
        ..StoreOptions::default()
    };
    let (store, other) = tokio::join!(Store::connect(url, &options), Store::connect(url, &options));
    let store = store.expect("the database opens");
    let other = other.expect("the database opens twice");
    let (first, second) = tokio::join!(store.migrate(), other.migrate());
    first.expect("one process migrates");
    second.expect("so does the other, or finds nothing to do");
    TwoProcesses { store, other }
}

/// Generates a test for each function of the suite. `$open` is an async function without arguments
/// that returns [`TwoProcesses`] and a guard to keep until the test ends, or `None` to skip the
/// test.
#[macro_export]
macro_rules! store_conformance_tests {
    ($open:path) => {
        $crate::store_conformance_tests! { @ $open:
            the_queue_is_counted,
            a_job_names_its_request,
            the_jobs_of_a_repo_are_listed,
            user_names_are_taken_once,
            users_are_renamed,
            users_are_deleted_unless_they_own_repos,
            tokens_speak_for_their_user_until_revoked,
            tokens_end_with_their_time_or_repo,
            a_disabled_users_tokens_wait,
            every_act_is_logged,
            acts_are_found_by_repo_and_user,
            repos_are_found_listed_and_renamed,
            members_have_one_role_each,
            keys_are_registered_once_by_each_user,
            a_user_has_a_bounded_number_of_keys,
            keys_of_those_who_may_push_are_found,
            deleting_a_repo_leaves_nothing_behind,
            commits_come_back_as_they_were,
            snapshot_chains_begin_at_the_keyframe,
            objects_are_found_where_they_lie,
            content_is_invisible_to_other_repositories,
            blocked_objects_are_found,
            a_merged_mpack_takes_the_place_of_others,
            former_mpacks_are_deleted_or_revived,
            what_is_lost_is_brought_back_by_those_who_need_it,
            nothing_is_lost_behind_a_pushs_back,
            what_is_lost_is_collected,
            usage_tells_what_is_given_from_what_goes,
            large_objects_are_lists_of_chunks,
            large_objects_are_blocked_and_deleted_like_others,
            an_mpack_that_brings_only_chunks_is_kept,
            one_process_builds_an_mpack,
            a_dead_builders_build_is_taken_over,
            expired_builds_are_taken_once,
            what_readers_had_built_is_bounded,
            a_push_is_stored_once,
            an_mpack_that_brings_nothing_is_not_kept,
            refs_are_compared_and_swapped,
            the_ref_log_is_read_in_pages,
            the_first_branch_becomes_the_default,
            the_default_branch_is_deleted_only_on_demand,
            updates_are_all_or_nothing,
            refs_point_only_to_known_commits,
            a_protected_branch_moves_only_forward,
            a_branch_of_signed_commits_wants_proof,
            a_branch_of_registered_keys_wants_them_to_stay,
            colliding_ref_names_are_refused,
            of_racing_publications_one_wins,
            many_refs_move_at_once,
            collisions_are_found_by_the_folded_name,
            the_version_of_refs_grows_with_moves,
            refs_are_listed_in_pages,
            a_lost_lease_publishes_nothing,
            a_publication_ends_its_job_and_queues_the_next,
            a_deleted_repo_takes_no_publication,
            an_abandoned_write_is_rolled_back,
            what_refs_leave_behind_is_unreachable,
            commits_without_a_ref_are_unreachable,
            a_long_branch_is_left_in_full,
            a_plan_is_kept_for_each_state_of_a_reader,
            a_plan_lasts_no_longer_than_what_was_built_for_it,
            plans_of_one_question_are_bounded,
            a_plan_comes_with_its_mpack_alone,
            takedowns_are_of_one_repository,
            blocks_are_listed,
            the_same_request_gets_the_same_job,
            a_finished_push_answers_while_its_refs_stand,
            racing_workers_claim_each_job_once,
            workers_claim_only_their_kinds,
            an_abandoned_job_is_taken_over,
            a_job_is_given_up_after_its_attempts,
            failed_attempts_pause_and_released_ones_do_not_count,
            an_outage_costs_a_pause_and_no_attempt,
            the_job_to_claim_is_found_by_index,
            repositories_take_turns,
            users_take_turns,
            jobs_are_forgotten_some_time_after_their_end,
            waiting_ends_with_the_job,
            signals_reach_the_other_process,
        }
    };
    (@ $open:path: $($test:ident),+ $(,)?) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                let Some((stores, _guard)) = $open().await else {
                    return;
                };
                $crate::store::conformance::$test(&stores).await;
            }
        )+
    };
}

#[cfg(test)]
mod on_sqlite {
    use std::time::Duration;

    use diesel::connection::SimpleConnection as _;
    use diesel::{Connection as _, SqliteConnection};
    use tokio::time::{sleep, timeout};

    use super::{TwoProcesses, sample};
    use crate::store::Actor;
    use crate::store::publish::PublishError;
    use crate::store::tokens::{NewToken, Scope};

    async fn open() -> Option<(TwoProcesses, tempfile::TempDir)> {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let url = format!("sqlite:{}", folder.path().join("test.sqlite").display());
        Some((super::open(&url).await, folder))
    }

    crate::store_conformance_tests!(open);

    #[tokio::test(flavor = "multi_thread")]
    async fn a_token_is_taken_while_somebody_else_writes() {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let path = folder.path().join("test.sqlite").display().to_string();
        let TwoProcesses { store, .. } = super::open(&format!("sqlite:{path}")).await;
        let ada = store
            .create_user("ada", Actor::Operator)
            .await
            .expect("made");
        let new = NewToken {
            user: ada,
            scope: Scope::Read,
            label: String::new(),
            repo: None,
            expires_at_ms: None,
        };
        let secret = store
            .create_token(&new, Actor::Operator)
            .await
            .expect("made");
        let mut writer = SqliteConnection::establish(&path).expect("opens");
        writer.batch_execute("BEGIN IMMEDIATE").expect("begun");
        for _ in 0..3 {
            let signed_in = timeout(Duration::from_secs(15), store.authenticate(&secret)).await;
            let identity = signed_in.expect("it waits for the writer").expect("asked");
            assert_eq!(identity.expect("known").user, "ada");
        }
        writer.batch_execute("ROLLBACK").expect("ended");
        while store.tokens(None).await.expect("listed")[0]
            .last_used_at_ms
            .is_none()
        {
            sleep(Duration::from_millis(5)).await;
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn moves_of_an_earlier_server_are_counted_and_folded() {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let path = folder.path().join("test.sqlite").display().to_string();
        let TwoProcesses { store, .. } = super::open(&format!("sqlite:{path}")).await;
        let repo = sample::repo(&store, "ada/notes").await.id;
        sample::push_line(&store, repo, 1).await;
        let version = async || {
            let repo = store.repo_by_id(repo).await.expect("asked");
            repo.expect("there").refs_version
        };
        let before = version().await;
        let mut earlier = SqliteConnection::establish(&path).expect("opens");
        let created = "
            INSERT INTO refs (repo_id, name, target)
            SELECT repo_id, 'refs/heads/Dev', target FROM refs;
            INSERT INTO ref_log (repo_id, name, new_target, forced, at_ms)
            SELECT repo_id, name, target, 0, 0 FROM refs WHERE name = 'refs/heads/Dev'";
        earlier.batch_execute(created).expect("written");
        assert!(version().await > before);
        let twin = sample::moving(repo, "refs/heads/dev", None, Some(1));
        let refused = store.publish(twin).await;
        assert!(matches!(refused, Err(PublishError::RefCollision(_))));
    }
}
