//! Protected branches, in SQL.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use muse_wire::api::push::RefUpdate;
use muse_wire::name::RefName;

use super::{Conn, audit, refs, signing_keys};
use crate::store::audit::Actor;
use crate::store::audit::model::Act;
use crate::store::error::Result;
use crate::store::protections::model::ProtectionRow;
use crate::store::protections::{BranchRule, Protection, SignatureRule, SignedMove};
use crate::store::publish::PublishError;
use crate::store::repos::{Repo, RepoId};
use crate::store::schema::protections;

pub(in crate::store) async fn set(
    conn: &mut Conn,
    repo: &Repo,
    protection: &Protection,
    by: Actor<'_>,
    now_ms: i64,
) -> Result<()> {
    let rules = (
        protections::allows_force.eq(protection.allows_force),
        protections::allows_deletion.eq(protection.allows_deletion),
        // A server before registered keys goes by this column, and takes any signature.
        protections::signed_only.eq(protection.signatures != SignatureRule::Unsigned),
        protections::registered_keys_only
            .eq(protection.signatures == SignatureRule::RegisteredKeys),
    );
    diesel::insert_into(protections::table)
        .values((
            protections::repo_id.eq(repo.id.0),
            protections::branch.eq(protection.branch.as_str()),
            rules,
        ))
        .on_conflict((protections::repo_id, protections::branch))
        .do_update()
        .set(rules)
        .execute(conn)
        .await?;
    let act = Act {
        act: "branch.protect",
        repo: Some(&repo.name),
        detail: format!("{} {protection}", protection.branch),
        ..Act::default()
    };
    audit::record(conn, by, act, now_ms).await
}

pub(in crate::store) async fn remove(
    conn: &mut Conn,
    repo: &Repo,
    branch: &RefName,
    by: Actor<'_>,
    now_ms: i64,
) -> Result<bool> {
    let removed = diesel::delete(protections::table.find((repo.id.0, branch.as_str())))
        .execute(conn)
        .await?;
    if removed == 0 {
        return Ok(false);
    }
    let act = Act {
        act: "branch.unprotect",
        repo: Some(&repo.name),
        detail: branch.to_string(),
        ..Act::default()
    };
    audit::record(conn, by, act, now_ms).await?;
    Ok(true)
}

pub(in crate::store) async fn list(conn: &mut Conn, repo: RepoId) -> Result<Vec<Protection>> {
    let rows: Vec<ProtectionRow> = protections::table
        .filter(protections::repo_id.eq(repo.0))
        .select(ProtectionRow::as_select())
        .order(protections::branch)
        .load(conn)
        .await?;
    rows.into_iter().map(Protection::try_from).collect()
}

/// Checks that no update breaks the protection of its branch, for a caller that has locked the
/// repository.
pub(in crate::store) async fn check(
    conn: &mut Conn,
    repo: RepoId,
    updates: &[RefUpdate],
    signed: &[SignedMove],
) -> Result<(), PublishError> {
    for protection in list(conn, repo).await? {
        let branch = &protection.branch;
        let Some(update) = updates.iter().find(|update| update.name == *branch) else {
            continue;
        };
        let refused = |rule| PublishError::Protected {
            name: branch.clone(),
            rule,
        };
        if let Some(rule) = protection.broken_by(update) {
            return Err(refused(rule));
        }
        let Some(rule) = protection.signature_rule(update) else {
            continue;
        };
        let found = signed.iter().find(|found| found.branch == *branch);
        let found = found.ok_or_else(|| refused(rule))?;
        if rule == BranchRule::RegisteredKeysOnly {
            let keys = found.registered_keys.as_ref();
            let keys = keys.ok_or_else(|| refused(rule))?;
            if !keys.is_subset(&signing_keys::of_pushers(conn, repo).await?) {
                return Err(refused(rule));
            }
        }
        let actual = refs::target(conn, repo, branch).await?;
        if actual != found.from && actual != update.new {
            return Err(PublishError::Stale {
                name: branch.clone(),
                expected: found.from,
                actual,
            });
        }
    }
    Ok(())
}
