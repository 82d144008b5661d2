//! Repositories, in SQL.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;
use diesel::result::DatabaseErrorKind::UniqueViolation;
use diesel::result::Error::DatabaseError;
use diesel_async::RunQueryDsl;
use muse_wire::api::repo::UpdateRepoRequest;
use muse_wire::name::{RefName, RepoName};
use uuid::Uuid;

use super::{Conn, accounts, audit, jobs, lock_repo, pushed_bytes};
use crate::store::accounts::UserId;
use crate::store::audit::Actor;
use crate::store::audit::model::Act;
use crate::store::columns::from_column;
use crate::store::error::{Result, StoreError};
use crate::store::repos::model::RepoRow;
use crate::store::repos::{NewRepo, Repo, RepoId};
use crate::store::schema::{
    chunks, commits, large_objects, members, mpack_index, repos, snapshots, users,
};

/// Whether there is any repository: the cheapest query that needs the schema.
pub(in crate::store) async fn any_exists(conn: &mut Conn) -> Result<bool> {
    let found = repos::table
        .select(repos::id)
        .first::<i64>(conn)
        .await
        .optional()?;
    Ok(found.is_some())
}

pub(in crate::store) async fn create(
    conn: &mut Conn,
    new: &NewRepo,
    by: Actor<'_>,
    now_ms: i64,
) -> Result<Repo> {
    let owner = accounts::user(conn, new.name.owner())
        .await?
        .ok_or_else(|| StoreError::UnknownUser(new.name.owner().to_owned()))?;
    let inserted = diesel::insert_into(repos::table)
        .values((
            repos::uuid.eq(Uuid::new_v4().to_string()),
            repos::owner_id.eq(owner.id.0),
            repos::slug.eq(new.name.slug()),
            repos::private.eq(new.private),
            repos::default_branch.eq(new.default_branch.as_str()),
            repos::created_at_ms.eq(now_ms),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    if inserted == 0 {
        return Err(name_taken(&new.name));
    }
    let act = Act {
        act: "repo.create",
        repo: Some(&new.name),
        detail: visibility(new.private).to_owned(),
        ..Act::default()
    };
    audit::record(conn, by, act, now_ms).await?;
    by_name(conn, &new.name)
        .await?
        .ok_or(StoreError::Corrupt("repository"))
}

pub(in crate::store) async fn by_name(conn: &mut Conn, name: &RepoName) -> Result<Option<Repo>> {
    repos::table
        .inner_join(users::table)
        .filter(users::name.eq(name.owner()))
        .filter(repos::slug.eq(name.slug()))
        .select(RepoRow::as_select())
        .first(conn)
        .await
        .optional()?
        .map(Repo::try_from)
        .transpose()
}

/// How often content has been deleted from a repository that is there.
pub(in crate::store) async fn collections(conn: &mut Conn, id: RepoId) -> Result<u64> {
    let collections: i64 = repos::table
        .find(id.0)
        .select(repos::collections)
        .first(conn)
        .await?;
    from_column(collections)
}

pub(in crate::store) async fn by_id(conn: &mut Conn, id: RepoId) -> Result<Option<Repo>> {
    repos::table
        .inner_join(users::table)
        .filter(repos::id.eq(id.0))
        .select(RepoRow::as_select())
        .first(conn)
        .await
        .optional()?
        .map(Repo::try_from)
        .transpose()
}

/// The addresses of these repositories, as far as they exist.
pub(in crate::store) async fn names(
    conn: &mut Conn,
    ids: impl Iterator<Item = RepoId>,
) -> Result<HashMap<RepoId, RepoName>> {
    let ids: HashSet<i64> = ids.map(|id| id.0).collect();
    let ids: Vec<i64> = ids.into_iter().collect();
    let mut names = HashMap::new();
    for chunk in ids.chunks(super::IDS_PER_QUERY) {
        let rows: Vec<RepoRow> = repos::table
            .inner_join(users::table)
            .filter(repos::id.eq_any(chunk))
            .select(RepoRow::as_select())
            .load(conn)
            .await?;
        for row in rows {
            let repo = Repo::try_from(row)?;
            names.insert(repo.id, repo.name);
        }
    }
    Ok(names)
}

pub(in crate::store) async fn list(conn: &mut Conn, user: Option<UserId>) -> Result<Vec<Repo>> {
    let mut query = repos::table.inner_join(users::table).into_boxed();
    if let Some(user) = user {
        let joined = members::table
            .filter(members::user_id.eq(user.0))
            .select(members::repo_id);
        query = query.filter(repos::owner_id.eq(user.0).or(repos::id.eq_any(joined)));
    }
    let rows: Vec<RepoRow> = query
        .select(RepoRow::as_select())
        .order((users::name, repos::slug))
        .load(conn)
        .await?;
    rows.into_iter().map(Repo::try_from).collect()
}

pub(in crate::store) async fn update(
    conn: &mut Conn,
    id: RepoId,
    update: &UpdateRepoRequest,
    by: Actor<'_>,
    now_ms: i64,
) -> Result<Option<Repo>> {
    if !lock_repo(conn, id).await? {
        return Ok(None);
    }
    let Some(repo) = by_id(conn, id).await? else {
        return Ok(None);
    };
    let slug = update.slug.as_deref().unwrap_or(repo.name.slug());
    let renamed = RepoName::new(repo.name.owner(), slug)
        .map_err(|_| StoreError::Corrupt("repository name"))?;
    if renamed != repo.name && by_name(conn, &renamed).await?.is_some() {
        return Err(name_taken(&renamed));
    }
    let default_branch = update
        .default_branch
        .as_ref()
        .unwrap_or(&repo.default_branch);
    let updated = diesel::update(repos::table.find(id.0))
        .set((
            repos::slug.eq(slug),
            repos::private.eq(update.private.unwrap_or(repo.private)),
            repos::default_branch.eq(default_branch.as_str()),
        ))
        .execute(conn)
        .await;
    match updated {
        // Somebody took the name since the check above.
        Err(DatabaseError(UniqueViolation, _)) => return Err(name_taken(&renamed)),
        Err(error) => return Err(error.into()),
        Ok(_) => {}
    }
    let updated = by_id(conn, id).await?;
    if let Some(updated) = &updated
        && *updated != repo
    {
        let act = Act {
            act: "repo.update",
            repo: Some(&updated.name),
            detail: changes(&repo, updated),
            ..Act::default()
        };
        audit::record(conn, by, act, now_ms).await?;
    }
    Ok(updated)
}

/// What a change of a repository changed, in words.
fn changes(before: &Repo, after: &Repo) -> String {
    let mut changes = Vec::new();
    if before.name != after.name {
        changes.push(format!("was {}", before.name));
    }
    if before.private != after.private {
        changes.push(visibility(after.private).to_owned());
    }
    if before.default_branch != after.default_branch {
        changes.push(format!("default branch {}", after.default_branch));
    }
    changes.join(", ")
}

const fn visibility(private: bool) -> &'static str {
    if private { "private" } else { "public" }
}

/// Makes `branch` the default branch.
pub(in crate::store) async fn set_default_branch(
    conn: &mut Conn,
    id: RepoId,
    branch: &RefName,
) -> Result<()> {
    diesel::update(repos::table.find(id.0))
        .set(repos::default_branch.eq(branch.as_str()))
        .execute(conn)
        .await?;
    Ok(())
}

/// Deletes a repository; `false` where there is none.
pub(in crate::store) async fn delete(
    conn: &mut Conn,
    id: RepoId,
    by: Actor<'_>,
    now_ms: i64,
) -> Result<bool> {
    if !lock_repo(conn, id).await? {
        return Ok(false);
    }
    let Some(repo) = by_id(conn, id).await? else {
        return Ok(false);
    };
    // These tables have no foreign keys to cascade along.
    diesel::delete(mpack_index::table.filter(mpack_index::repo_id.eq(id.0)))
        .execute(conn)
        .await?;
    diesel::delete(chunks::table.filter(chunks::repo_id.eq(id.0)))
        .execute(conn)
        .await?;
    diesel::delete(large_objects::table.filter(large_objects::repo_id.eq(id.0)))
        .execute(conn)
        .await?;
    diesel::delete(snapshots::table.filter(snapshots::repo_id.eq(id.0)))
        .execute(conn)
        .await?;
    diesel::delete(commits::table.filter(commits::repo_id.eq(id.0)))
        .execute(conn)
        .await?;
    jobs::delete_all(conn, id).await?;
    pushed_bytes::keep_of_deleted(conn, id).await?;
    diesel::delete(repos::table.find(id.0))
        .execute(conn)
        .await?;
    jobs::enqueue_blob_deletions(conn, id, repo.uuid).await?;
    let act = Act {
        act: "repo.delete",
        repo: Some(&repo.name),
        ..Act::default()
    };
    audit::record(conn, by, act, now_ms).await?;
    Ok(true)
}

fn name_taken(name: &RepoName) -> StoreError {
    StoreError::AlreadyExists {
        what: "repository",
        name: name.to_string(),
    }
}
