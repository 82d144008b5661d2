//! `musehub member`.

use musehub::admin;
use musehub::config::arguments::MemberCommand;

use super::{CommandError, open, print_line};

/// Runs the command.
pub(crate) async fn run(command: MemberCommand) -> Result<(), CommandError> {
    match command {
        MemberCommand::Add {
            repo,
            user,
            role,
            data,
        } => Ok(admin::add_member(&open(data).await?, &repo, &user, role).await?),
        MemberCommand::Remove { repo, user, data } => {
            Ok(admin::remove_member(&open(data).await?, &repo, &user).await?)
        }
        MemberCommand::List { repo, data } => {
            let members = admin::list_members(&open(data).await?, &repo).await?;
            print_line(&format!("{}\towner", repo.owner()))?;
            members.iter().try_for_each(|member| {
                print_line(&format!("{}\t{}", member.user, member.role.as_str()))
            })
        }
    }
}
