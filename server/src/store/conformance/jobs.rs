//! The queue.

use std::collections::HashSet;
use std::time::Duration;

use muse_wire::api::job::JobState;
use muse_wire::problem::{Problem, ProblemCode};
use uuid::Uuid;

use super::TwoProcesses;
use super::sample::{self, MAIN, job, moving, mpack, unfinished, update};
use crate::store::jobs::{ClaimedJob, JobId, JobKind, JobReport, MAX_ATTEMPTS, NewJob};
use crate::store::publish::Publication;
use crate::store::{Store, StoreError};

const LEASE: Duration = Duration::from_secs(60);

/// Long enough that only a signal or a poll ends a wait.
const LONG: Duration = Duration::from_secs(60);

async fn claim(store: &Store, lease: Duration) -> Option<ClaimedJob> {
    store
        .claim(&[JobKind::Unpack], "worker", lease)
        .await
        .expect("claimed")
}

fn failure() -> JobReport {
    JobReport {
        error: Some(Problem::new(ProblemCode::MpackMalformed, "cut short")),
        ..JobReport::default()
    }
}

/// Jobs are listed by repository, kind and the beginning of their ids, the latest first.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn the_jobs_of_a_repo_are_listed(TwoProcesses { store, other }: &TwoProcesses) {
    let repo = sample::repo(store, "ada/notes").await;
    let elsewhere = sample::repo(store, "ada/other").await;
    let mut ids = Vec::new();
    for request in 1..=3 {
        let owner = (request == 2).then_some(repo.owner_id);
        let new = NewJob {
            owner,
            ..job(repo.id, request)
        };
        ids.push(store.enqueue(&new).await.expect("queued").id);
    }
    let build = NewJob {
        kind: JobKind::BuildFetch,
        ..job(repo.id, 4)
    };
    store.enqueue(&build).await.expect("queued");
    let foreign = store.enqueue(&job(elsewhere.id, 1)).await;
    foreign.expect("queued");

    let list = async |prefix: &str, limit| {
        let listed = other.jobs_of(repo.id, JobKind::Unpack, prefix, limit).await;
        let listed = listed.expect("answers").into_iter();
        listed.map(|(job, user)| (job.id, user)).collect::<Vec<_>>()
    };
    let ada = Some("ada".to_owned());
    let all = [(ids[2], None), (ids[1], ada), (ids[0], None)];
    assert_eq!(list("", 10).await, all);
    assert_eq!(list("", 2).await, all[..2]);
    for (id, user) in all {
        let whole = id.to_string();
        assert_eq!(list(&whole, 10).await, [(id, user.clone())]);
        assert!(list(&whole[..30], 10).await.contains(&(id, user)));
        assert_eq!(list(&format!("{whole}0"), 10).await, []);
    }
    assert_eq!(list("ffff", 10).await, []);
}

/// A request that is queued or running is not queued again; one that failed is.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn the_same_request_gets_the_same_job(TwoProcesses { store, other }: &TwoProcesses) {
    let repo = sample::repo(store, "ada/notes").await;
    let new = NewJob {
        owner: Some(repo.owner_id),
        ..job(repo.id, 1)
    };
    let (first, second) = tokio::join!(store.enqueue(&new), other.enqueue(&new));
    let (first, second) = (first.expect("queued"), second.expect("queued"));
    assert_eq!(first, second);
    assert_eq!(first.state, JobState::Pending);
    assert_eq!(
        (first.payload, first.owner),
        (new.payload.clone(), new.owner)
    );
    let different = store.enqueue(&job(repo.id, 2)).await.expect("queued");
    assert_ne!(different.id, first.id);
    assert_eq!(unfinished(store, repo.id).await, 2);
    let full = |request| NewJob {
        queue_limit: 2,
        ..job(repo.id, request)
    };
    let answered = store.enqueue(&full(2)).await.expect("there already");
    assert_eq!(answered.id, different.id);
    let refused = store.enqueue(&full(3)).await;
    assert!(matches!(refused, Err(StoreError::QueueFull { limit: 2 })));
    // Each kind has a queue of its own.
    let build = NewJob {
        kind: JobKind::BuildFetch,
        ..full(3)
    };
    store.enqueue(&build).await.expect("queued");
    assert_eq!(unfinished(store, repo.id).await, 2);

    let claimed = claim(store, LEASE).await.expect("due");
    assert_eq!(claimed.job.id, first.id);
    let running = store.enqueue(&new).await.expect("queued");
    assert_eq!((running.id, running.state), (first.id, JobState::Running));
    assert!(
        store
            .fail(&claimed.lease, &failure())
            .await
            .expect("failed")
    );
    let failed = store.job(repo.id, first.id).await.expect("asked");
    let failed = failed.expect("there");
    assert_eq!((failed.state, failed.report), (JobState::Failed, failure()));
    let retried = store.enqueue(&new).await.expect("queued");
    assert_ne!(retried.id, first.id);
}

/// A push that is done answers the same request again while its refs are where it left them. Once
/// somebody has moved them, the request is a new one.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn a_finished_push_answers_while_its_refs_stand(
    TwoProcesses { store, .. }: &TwoProcesses,
) {
    let repo = sample::repo(store, "ada/notes").await.id;
    let new = NewJob {
        updates: vec![update(MAIN, None, Some(2))],
        ..job(repo, 1)
    };
    let first = store.enqueue(&new).await.expect("queued");
    let claimed = claim(store, LEASE).await.expect("due");
    let push = Publication {
        mpack: Some(mpack(1, 1..=2)),
        job: Some(claimed.lease),
        ..moving(repo, MAIN, None, Some(2))
    };
    store.publish(push).await.expect("published");
    let again = store.enqueue(&new).await.expect("queued");
    assert_eq!((again.id, again.state), (first.id, JobState::Done));

    let mut deletion = moving(repo, MAIN, Some(2), None);
    deletion.updates[0].delete_default_branch = true;
    store.publish(deletion).await.expect("deleted");
    let anew = store.enqueue(&new).await.expect("queued");
    assert_eq!(anew.state, JobState::Pending);
    assert_ne!(anew.id, first.id);
}

/// Workers that claim at the same time, in two processes, get every job exactly once.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn racing_workers_claim_each_job_once(stores: &TwoProcesses) {
    const JOBS: u8 = 24;

    let repo = sample::repo(&stores.store, "ada/notes").await.id;
    for request in 0..JOBS {
        let queued = stores.store.enqueue(&job(repo, request)).await;
        queued.expect("queued");
    }
    let worker = async |store: &Store| {
        let mut claimed = Vec::new();
        while let Some(job) = claim(store, LEASE).await {
            claimed.push(job.job.id);
        }
        claimed
    };
    let (a, b, c, d) = tokio::join!(
        worker(&stores.store),
        worker(&stores.store),
        worker(&stores.other),
        worker(&stores.other)
    );
    let all: Vec<JobId> = [a, b, c, d].concat();
    assert_eq!(all.len(), usize::from(JOBS));
    assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len());
}

/// A worker gets only the kinds of jobs that it asks for, the one that has waited longest first.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn workers_claim_only_their_kinds(TwoProcesses { store, .. }: &TwoProcesses) {
    let repo = sample::repo(store, "ada/notes").await.id;
    let build = NewJob {
        kind: JobKind::BuildFetch,
        ..job(repo, 1)
    };
    let build = store.enqueue(&build).await.expect("queued");
    let unpack = store.enqueue(&job(repo, 2)).await.expect("queued");
    let later = store.enqueue(&job(repo, 3)).await.expect("queued");
    let claimed = claim(store, LEASE).await.expect("due");
    assert_eq!(claimed.job.id, unpack.id);
    assert_eq!(
        (claimed.job.state, claimed.job.attempts),
        (JobState::Running, 1)
    );
    assert_eq!(claim(store, LEASE).await.expect("due").job.id, later.id);
    assert_eq!(claim(store, LEASE).await, None);
    let both = [JobKind::Unpack, JobKind::BuildFetch];
    let claimed = store.claim(&both, "worker", LEASE).await.expect("claimed");
    assert_eq!(claimed.expect("due").job.id, build.id);
}

/// A job whose lease ran out goes to the next worker that asks, and its former holder can no longer
/// touch it.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn an_abandoned_job_is_taken_over(TwoProcesses { store, other }: &TwoProcesses) {
    let repo = sample::repo(store, "ada/notes").await.id;
    let id = store.enqueue(&job(repo, 1)).await.expect("queued").id;
    let dead = claim(store, LEASE).await.expect("due");
    assert!(store.set_stage(&dead.lease, "verify").await.expect("set"));
    assert_eq!(claim(other, LEASE).await, None);
    assert!(
        store
            .heartbeat(&dead.lease, Duration::ZERO)
            .await
            .expect("beaten")
    );
    let successor = claim(other, LEASE).await.expect("taken over");
    assert_eq!((successor.job.id, successor.job.attempts), (id, 2));
    assert_eq!(successor.job.stage, None);
    assert!(successor.lease.fence > dead.lease.fence);

    let report = failure();
    let lease = &dead.lease;
    assert!(!store.heartbeat(lease, LEASE).await.expect("asked"));
    assert!(!store.set_stage(lease, "publish").await.expect("asked"));
    assert!(!store.complete(lease, &report).await.expect("asked"));
    assert!(!store.fail(lease, &report).await.expect("asked"));
    assert!(!store.release(lease).await.expect("asked"));
    assert_eq!(store.retry(lease, &report).await.expect("asked"), None);

    assert!(
        other
            .set_stage(&successor.lease, "check")
            .await
            .expect("set")
    );
    let running = store.job(repo, id).await.expect("asked").expect("there");
    assert_eq!(
        (running.state, running.stage.as_deref()),
        (JobState::Running, Some("check"))
    );
    assert!(
        other
            .complete(&successor.lease, &JobReport::default())
            .await
            .expect("completed")
    );
    assert_eq!(claim(store, LEASE).await, None);
}

/// A job that kills every worker fails in the end.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn a_job_is_given_up_after_its_attempts(TwoProcesses { store, .. }: &TwoProcesses) {
    let repo = sample::repo(store, "ada/notes").await.id;
    let id = store.enqueue(&job(repo, 1)).await.expect("queued").id;
    let next = store.enqueue(&job(repo, 2)).await.expect("queued").id;
    for _ in 0..MAX_ATTEMPTS {
        let claimed = store
            .claim(&[JobKind::Unpack], "worker", Duration::ZERO)
            .await
            .expect("claimed")
            .expect("due");
        if claimed.job.id == next {
            store.release(&claimed.lease).await.expect("released");
        }
    }
    // In whatever order the two were claimed, the first runs out of attempts in the end.
    for _ in 0..2 * MAX_ATTEMPTS {
        if let Some(claimed) = claim(store, Duration::ZERO).await
            && claimed.job.id == next
        {
            store.release(&claimed.lease).await.expect("released");
        }
    }
    let job = store.job(repo, id).await.expect("asked").expect("there");
    assert_eq!((job.state, job.attempts), (JobState::Failed, MAX_ATTEMPTS));
    let error = job.report.error.expect("a reason");
    assert_eq!(error.known_code(), Some(ProblemCode::Internal));
    assert_eq!(claim(store, LEASE).await.expect("due").job.id, next);
}

/// A failed attempt is followed by a pause, the last one by failure. A released job is due at once.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn failed_attempts_pause_and_released_ones_do_not_count(
    TwoProcesses { store, .. }: &TwoProcesses,
) {
    let repo = sample::repo(store, "ada/notes").await.id;
    let id = store.enqueue(&job(repo, 1)).await.expect("queued").id;
    for _ in 0..2 * MAX_ATTEMPTS {
        let claimed = claim(store, LEASE).await.expect("due");
        assert_eq!(claimed.job.attempts, 1);
        assert!(store.release(&claimed.lease).await.expect("released"));
    }
    let claimed = claim(store, LEASE).await.expect("due");
    let state = store.retry(&claimed.lease, &failure()).await;
    assert_eq!(state.expect("asked"), Some(JobState::Pending));
    assert_eq!(claim(store, LEASE).await, None, "it is pausing");
    let paused = store.job(repo, id).await.expect("asked").expect("there");
    assert_eq!(
        (paused.state, paused.attempts, paused.report),
        (JobState::Pending, 1, failure())
    );

    store.enqueue(&job(repo, 2)).await.expect("queued");
    for _ in 1..MAX_ATTEMPTS {
        // Abandoned rather than failed, so that there is no pause to wait for.
        claim(store, Duration::ZERO).await.expect("due");
    }
    let last = claim(store, LEASE).await.expect("due");
    assert_eq!(last.job.attempts, MAX_ATTEMPTS);
    let state = store.retry(&last.lease, &failure()).await;
    assert_eq!(state.expect("asked"), Some(JobState::Failed));
}

/// A job that an outage interrupts goes on after a pause, which grows, and its attempts stay.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn an_outage_costs_a_pause_and_no_attempt(TwoProcesses { store, .. }: &TwoProcesses) {
    let repo = sample::repo(store, "ada/notes").await.id;
    let id = store.enqueue(&job(repo, 1)).await.expect("queued").id;
    let unavailable = JobReport {
        error: Some(Problem::new(ProblemCode::Unavailable, "no storage")),
        ..JobReport::default()
    };
    let mut queue = store.watch_queue();
    for _ in 0..2 {
        let claimed = loop {
            match claim(store, LEASE).await {
                Some(claimed) => break claimed,
                None => queue.wait().await,
            }
        };
        assert_eq!(claimed.job.attempts, 1);
        let postponed = store.postpone(&claimed.lease, &unavailable).await;
        assert!(postponed.expect("asked"));
        assert_eq!(claim(store, LEASE).await, None, "it is pausing");
        let job = store.job(repo, id).await.expect("asked").expect("there");
        assert_eq!((job.state, job.attempts), (JobState::Pending, 0));
        assert_eq!(job.report, unavailable);
        assert!(
            !store
                .postpone(&claimed.lease, &unavailable)
                .await
                .expect("asked"),
            "the lease has ended"
        );
    }
}

/// Looking for a job costs nothing in proportion to the jobs that have ended.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn the_job_to_claim_is_found_by_index(TwoProcesses { store, .. }: &TwoProcesses) {
    let kinds = [JobKind::Unpack, JobKind::BuildFetch];
    let plan = store.explain_claim(&kinds).await.expect("explained");
    let by_index = plan.iter().any(|step| step.contains("jobs_turn"));
    let sorts = plan
        .iter()
        .any(|step| step.to_lowercase().contains("sort") || step.contains("TEMP"));
    assert!(by_index && !sorts, "{plan:#?}");
}

/// Whoever queues many jobs does not keep others waiting, and is not kept waiting by those who go
/// on coming.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn repositories_take_turns(TwoProcesses { store, .. }: &TwoProcesses) {
    let busy = sample::repo(store, "ada/busy").await.id;
    for request in 0..20 {
        store.enqueue(&job(busy, request)).await.expect("queued");
    }
    let next = async || {
        let claimed = claim(store, LEASE).await.expect("due");
        let done = store.complete(&claimed.lease, &JobReport::default()).await;
        assert!(done.expect("completed"));
        claimed.job.repo
    };
    assert_eq!(next().await, busy);
    let mut since_busy = 0;
    for number in 0..10 {
        let other = sample::repo(store, &format!("ada/other{number}")).await.id;
        store.enqueue(&job(other, 1)).await.expect("queued");
        let first = next().await;
        let second = next().await;
        assert!(first == other || second == other, "{number} waits for long");
        since_busy = if first == busy || second == busy {
            0
        } else {
            since_busy + 1
        };
        assert!(since_busy < 2, "the busy one waits for long");
    }
}

/// A user's jobs take turns with those of others, in however many repositories they are.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn users_take_turns(TwoProcesses { store, .. }: &TwoProcesses) {
    let mut queued = Vec::new();
    for (owner, count) in [("ada", 8), ("bob", 1)] {
        for number in 0..count {
            let repo = sample::repo(store, &format!("{owner}/repo{number}")).await;
            let new = NewJob {
                owner: Some(repo.owner_id),
                ..job(repo.id, 1)
            };
            queued.push(store.enqueue(&new).await.expect("queued").id);
        }
    }
    let mut claimed = Vec::new();
    for _ in 0..3 {
        claimed.push(claim(store, LEASE).await.expect("due").job.id);
    }
    assert!(claimed.contains(&queued[8]), "bob waits for all of ada's");
}

/// Jobs that have ended are deleted by their age, some at a time; others stay.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn jobs_are_forgotten_some_time_after_their_end(
    TwoProcesses { store, .. }: &TwoProcesses,
) {
    let repo = sample::repo(store, "ada/notes").await.id;
    for request in 0..5 {
        store.enqueue(&job(repo, request)).await.expect("queued");
    }
    for _ in 0..3 {
        let claimed = claim(store, LEASE).await.expect("due");
        let completed = store.complete(&claimed.lease, &JobReport::default()).await;
        assert!(completed.expect("completed"));
    }
    let running = claim(store, LEASE).await.expect("due");
    let delete = async |age| {
        let deleted = store.delete_finished_jobs(age, 2).await;
        deleted.expect("deleted")
    };
    assert_eq!(delete(LONG).await, 0, "they have just ended");
    assert_eq!(delete(Duration::ZERO).await, 2);
    assert_eq!(delete(Duration::ZERO).await, 1);
    assert_eq!(delete(Duration::ZERO).await, 0);
    assert_eq!(unfinished(store, repo).await, 2);
    let completed = store.complete(&running.lease, &JobReport::default()).await;
    assert!(completed.expect("completed"), "a running job stays");
}

/// Waiting ends with the job; for one that has ended, or never existed, there is no wait.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn waiting_ends_with_the_job(TwoProcesses { store, .. }: &TwoProcesses) {
    let repo = sample::repo(store, "ada/notes").await.id;
    let id = store.enqueue(&job(repo, 1)).await.expect("queued").id;
    let early = store.wait_for_job(repo, id, Duration::from_millis(1)).await;
    assert_eq!(
        early.expect("asked").expect("there").state,
        JobState::Pending
    );
    let claimed = claim(store, LEASE).await.expect("due");
    let (waited, completed) = tokio::join!(store.wait_for_job(repo, id, LONG), async {
        tokio::task::yield_now().await;
        store.complete(&claimed.lease, &JobReport::default()).await
    });
    assert!(completed.expect("completed"));
    assert_eq!(
        waited.expect("waited").expect("there").state,
        JobState::Done
    );
    let over = store.wait_for_job(repo, id, LONG).await;
    assert_eq!(over.expect("asked").expect("there").state, JobState::Done);
    let never = store.wait_for_job(repo, JobId(Uuid::nil()), LONG).await;
    assert_eq!(never.expect("asked"), None);
}

/// One process learns what the other queues and ends, by a signal or by polling.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn signals_reach_the_other_process(TwoProcesses { store, other }: &TwoProcesses) {
    let repo = sample::repo(store, "ada/notes").await.id;
    let mut queue = other.watch_queue();
    let worker = async {
        loop {
            if let Some(claimed) = claim(other, LEASE).await {
                return other
                    .complete(&claimed.lease, &JobReport::default())
                    .await
                    .expect("completed");
            }
            queue.wait().await;
        }
    };
    let client = async {
        tokio::task::yield_now().await;
        let id = store.enqueue(&job(repo, 1)).await.expect("queued").id;
        store.wait_for_job(repo, id, LONG).await
    };
    let (completed, waited) = tokio::join!(worker, client);
    assert!(completed);
    assert_eq!(
        waited.expect("waited").expect("there").state,
        JobState::Done
    );
}
