//! How much may be pushed in a day.

use muse_wire::problem::ProblemCode;

use crate::config::DailyQuota;
use crate::error::{Error, Result};
use crate::store::{Identity, Repo, Store};

/// Checks that a push of so many bytes is within what a user and a repository may take in a day.
/// Pushes that are under way do not count yet, so that several at once may go over it.
///
/// # Errors
/// [`Error::Problem`] says which quota is used up.
pub(super) async fn check_quota(
    store: &Store,
    quota: &DailyQuota,
    repo: &Repo,
    identity: &Identity,
    size_bytes: u64,
) -> Result<()> {
    if quota.user_bytes.is_none() && quota.repo_bytes.is_none() {
        return Ok(());
    }
    let pushed = store.pushed_today(identity.user_id, repo.id).await?;
    for (whose, pushed, limit) in [
        (identity.user.clone(), pushed.by_user, quota.user_bytes),
        (repo.name.to_string(), pushed.to_repo, quota.repo_bytes),
    ] {
        if let Some(limit) = limit
            && pushed.saturating_add(size_bytes) > limit
        {
            let detail = format!(
                "{whose} may take {limit} bytes of pushes a day; {pushed} came today, and this one \
                 has {size_bytes}"
            );
            return Err(Error::problem(ProblemCode::QuotaExceeded, detail));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use muse_wire::api::push::PresignRequest;
    use muse_wire::id::MpackKey;
    use muse_wire::mpack::Counts;

    use super::*;
    use crate::error::Error;
    use crate::sandbox::{Project, Sandbox};

    /// Whether so many bytes more are taken, after a push of `pushed` bytes.
    async fn takes(sandbox: &Sandbox, size_bytes: u64) -> bool {
        let request = PresignRequest {
            mpack_key: MpackKey::from_bytes([1; 32]),
            size_bytes,
            counts: Counts::default(),
            updates: Vec::new(),
            parts: Vec::new(),
        };
        let ingest = &sandbox.server.ingest;
        let presigned = ingest.presign(&sandbox.repo, &sandbox.identity, &request);
        match presigned.await {
            Ok(_) => true,
            Err(Error::Problem(problem)) => {
                assert_eq!(problem.known_code(), Some(ProblemCode::QuotaExceeded));
                false
            }
            Err(error) => panic!("{error}"),
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_day_takes_what_it_may_and_not_one_byte_more() {
        let mut project = Project::default();
        let line = project.add_line(None, 1);
        let pushed = project.mpack(&line).len() as u64;
        let limit = Some(pushed + 1_000);
        for quota in [
            DailyQuota {
                user_bytes: limit,
                repo_bytes: None,
            },
            DailyQuota {
                user_bytes: None,
                repo_bytes: limit,
            },
        ] {
            let mut sandbox = Sandbox::idle(|config| config.daily_quota = quota).await;
            sandbox.start_worker();
            assert!(takes(&sandbox, pushed + 1_000).await);
            assert!(!takes(&sandbox, pushed + 1_001).await);
            sandbox.push_main(&project, &line).await;
            assert!(takes(&sandbox, 999).await);
            assert!(takes(&sandbox, 1_000).await);
            assert!(!takes(&sandbox, 1_001).await);
        }
    }
}
