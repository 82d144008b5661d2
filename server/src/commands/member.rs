//! `musehub member`.

use std::iter;

use musehub::admin;
use musehub::config::arguments::MemberCommand;

use super::output::print_table;
use super::{CommandError, open};

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
            let owner = format!("{}\towner", repo.owner());
            let roles = members
                .iter()
                .map(|member| format!("{}\t{}", member.user, member.role.as_str()));
            print_table(&["user", "role"], iter::once(owner).chain(roles))
        }
    }
}
