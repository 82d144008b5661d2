//! `musehub repo`.

use musehub::admin;
use musehub::config::arguments::RepoCommand;

use super::confirmation::confirm_deletion;
use super::{CommandError, open, print_line};

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
            repos.iter().try_for_each(|repo| {
                let visibility = if repo.private { "private" } else { "public" };
                print_line(&format!("{}\t{visibility}\t{}", repo.name, repo.uuid))
            })
        }
        RepoCommand::Delete { name, yes, data } => {
            let store = open(data).await?;
            let what = format!("{name} will be deleted with all its history");
            confirm_deletion(&name.to_string(), &what, yes)?;
            Ok(admin::delete_repo(&store, name).await?)
        }
    }
}
