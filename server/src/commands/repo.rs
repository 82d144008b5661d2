//! `musehub repo`.

use std::collections::BTreeMap;

use musehub::admin;
use musehub::config::arguments::{RepoCommand, Visibility};
use musehub::store::Store;
use musehub::store::protections::{Protection, SignatureRule};
use musehub::store::usage::Usage;

use super::confirmation::confirm_deletion;
use super::output::print_table;
use super::{CommandError, open};

/// Runs the command.
pub(crate) async fn run(command: RepoCommand) -> Result<(), CommandError> {
    match command {
        RepoCommand::Create {
            name,
            private,
            data,
        } => {
            admin::create_repo(&open(data).await?, name, private).await?;
            Ok(())
        }
        RepoCommand::List { data } => {
            let repos = admin::list_repos(&open(data).await?).await?;
            let lines = repos.iter().map(|repo| {
                let visibility = if repo.private { "private" } else { "public" };
                format!("{}\t{visibility}\t{}", repo.name, repo.uuid)
            });
            print_table(&["repository", "visibility", "id"], lines)
        }
        RepoCommand::Usage { by_owner, data } => print_usage(&open(data).await?, by_owner).await,
        RepoCommand::Rename {
            name,
            new_name,
            data,
        } => Ok(admin::rename_repo(&open(data).await?, &name, &new_name).await?),
        RepoCommand::Visibility {
            name,
            visibility,
            data,
        } => {
            let private = visibility == Visibility::Private;
            Ok(admin::set_private(&open(data).await?, &name, private).await?)
        }
        RepoCommand::Protect {
            name,
            branch,
            allow_force,
            allow_deletion,
            signed_only,
            registered_keys_only,
            data,
        } => {
            let protection = Protection {
                branch,
                allows_force: allow_force,
                allows_deletion: allow_deletion,
                signatures: match (signed_only, registered_keys_only) {
                    (_, true) => SignatureRule::RegisteredKeys,
                    (true, false) => SignatureRule::Signed,
                    (false, false) => SignatureRule::Unsigned,
                },
            };
            Ok(admin::protect_branch(&open(data).await?, &name, &protection).await?)
        }
        RepoCommand::Unprotect { name, branch, data } => {
            Ok(admin::unprotect_branch(&open(data).await?, &name, &branch).await?)
        }
        RepoCommand::Protections { name, data } => {
            let protections = admin::list_protections(&open(data).await?, &name).await?;
            print_table(&["branch", "protection"], protections.iter().map(describe))
        }
        RepoCommand::Delete { name, yes, data } => {
            let store = open(data).await?;
            let what = format!("{name} will be deleted with all its history");
            confirm_deletion(&name.to_string(), &what, yes)?;
            Ok(admin::delete_repo(&store, name).await?)
        }
    }
}

fn describe(protection: &Protection) -> String {
    format!("{}\t{protection}", protection.branch.short())
}

/// Prints a line for each repository, or each owner.
async fn print_usage(store: &Store, by_owner: bool) -> Result<(), CommandError> {
    let usage = admin::usage(store).await?;
    let mut lines: BTreeMap<String, Usage> = BTreeMap::new();
    for (name, usage) in &usage {
        let key = match by_owner {
            true => name.owner().to_owned(),
            false => name.to_string(),
        };
        *lines.entry(key).or_default() += *usage;
    }
    let lines = lines.iter().map(|(key, usage)| {
        let Usage {
            current_bytes,
            former_bytes,
            lost_bytes,
            built_bytes,
        } = usage;
        let total = usage.total_bytes();
        format!("{key}\t{current_bytes}\t{former_bytes}\t{lost_bytes}\t{built_bytes}\t{total}")
    });
    let whose = if by_owner { "owner" } else { "repository" };
    let headings = [
        whose,
        "given",
        "merged",
        "unreachable",
        "built",
        "all bytes",
    ];
    print_table(&headings, lines)
}
