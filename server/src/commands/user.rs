//! `musehub user`.

use musehub::admin;
use musehub::config::arguments::UserCommand;
use musehub::store::accounts::User;

use super::confirmation::confirm_deletion;
use super::output::print_table;
use super::time::format_time;
use super::{CommandError, create, open};

/// Runs the command.
pub(crate) async fn run(command: UserCommand) -> Result<(), CommandError> {
    match command {
        UserCommand::Create { name, data } => {
            Ok(admin::create_user(&create(data).await?, &name).await?)
        }
        UserCommand::List { data } => {
            let users = admin::list_users(&open(data).await?).await?;
            print_table(&["user", "state", "created"], users.iter().map(describe))
        }
        UserCommand::Rename {
            name,
            new_name,
            data,
        } => Ok(admin::rename_user(&open(data).await?, &name, &new_name).await?),
        UserCommand::Disable { name, data } => {
            Ok(admin::disable_user(&open(data).await?, &name).await?)
        }
        UserCommand::Enable { name, data } => {
            Ok(admin::enable_user(&open(data).await?, &name).await?)
        }
        UserCommand::Delete { name, yes, data } => {
            let store = open(data).await?;
            let what = format!("{name} will be deleted with all tokens and memberships");
            confirm_deletion(&name, &what, yes)?;
            Ok(admin::delete_user(&store, &name).await?)
        }
    }
}

fn describe(user: &User) -> String {
    let state = match user.disabled_at_ms {
        Some(_) => "disabled",
        None => "active",
    };
    format!(
        "{}\t{state}\t{}",
        user.name,
        format_time(user.created_at_ms)
    )
}
