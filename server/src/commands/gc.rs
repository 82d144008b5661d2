//! `musehub gc` and `musehub doctor`.

use std::time::SystemTime;

use muse_wire::name::RepoName;
use musehub::admin;
use musehub::config::arguments::{DoctorArguments, GcArguments};
use musehub::doctor::{self, DoctorOptions, Gap};
use musehub::gc::{self, Garbage, Reason};
use musehub::store::{Repo, Store};

use super::{CommandError, open_both, print_line};

/// Runs `musehub gc`: a line for each blob and one for each reason.
pub(crate) async fn run(arguments: GcArguments) -> Result<(), CommandError> {
    let retention = arguments.retention.retention();
    let (store, blobs) = open_both(arguments.data).await?;
    let repo = match &arguments.repo {
        Some(name) => Some(admin::find_repo(&store, name).await?.uuid),
        None => None,
    };
    let garbage = gc::find(&store, &blobs, repo, &retention, SystemTime::now()).await?;
    for Garbage {
        blob,
        size_bytes,
        reason,
        ..
    } in &garbage
    {
        print_line(&format!("{blob}\t{size_bytes}\t{}", reason.as_str()))?;
    }
    if !arguments.dry_run {
        gc::delete(&store, &blobs, &garbage).await?;
    }
    let done = if arguments.dry_run {
        "to delete"
    } else {
        "deleted"
    };
    for reason in Reason::ALL {
        let sizes = garbage.iter().filter(|garbage| garbage.reason == reason);
        let sizes: Vec<u64> = sizes.map(|garbage| garbage.size_bytes).collect();
        if !sizes.is_empty() {
            let (count, bytes) = (sizes.len(), sizes.iter().sum::<u64>());
            let reason = reason.as_str();
            print_line(&format!("{done}: {count} blobs, {bytes} bytes: {reason}"))?;
        }
    }
    if garbage.is_empty() {
        print_line("nothing to delete")?;
    }
    Ok(())
}

/// Runs `musehub doctor`: a line for each mpack that is not what the database says, and for each
/// commit, snapshot or object that is missing.
pub(crate) async fn doctor(arguments: DoctorArguments) -> Result<(), CommandError> {
    let (store, blobs) = open_both(arguments.data).await?;
    let options = DoctorOptions {
        hash: arguments.hash,
        repair: arguments.repair,
    };
    let (mut lines, mut damaged) = (Vec::new(), 0);
    for repo in repos(&store, arguments.repo.as_ref()).await? {
        let examined = doctor::examine(&store, &blobs, &repo, options, |mpack| {
            let damage = mpack.damage.as_str();
            let outcome = if mpack.is_repaired {
                "repaired"
            } else {
                "damaged"
            };
            damaged += usize::from(!mpack.is_repaired);
            lines.push(format!(
                "{}\t{}\t{damage}\t{outcome}",
                mpack.repo, mpack.key
            ));
        });
        examined.await?;
        let name = &repo.name;
        let examined = doctor::examine_history(&store, &repo, |Gap { id, damage }| {
            damaged += 1;
            lines.push(format!("{name}\t{id}\t{damage}\tdamaged"));
        });
        examined.await?;
        for line in lines.drain(..) {
            print_line(&line)?;
        }
    }
    if damaged > 0 {
        return Err(CommandError::Damaged(damaged));
    }
    print_line("everything is there")
}

async fn repos(store: &Store, name: Option<&RepoName>) -> Result<Vec<Repo>, CommandError> {
    Ok(match name {
        Some(name) => vec![admin::find_repo(store, name).await?],
        None => admin::list_repos(store).await?,
    })
}
