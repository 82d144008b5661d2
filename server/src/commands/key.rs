//! `musehub key`.

use musehub::admin;
use musehub::config::arguments::KeyCommand;

use super::output::print_table;
use super::time::format_time;
use super::{CommandError, open};

/// Runs the command.
pub(crate) async fn run(command: KeyCommand) -> Result<(), CommandError> {
    match command {
        KeyCommand::Add {
            user,
            key,
            name,
            data,
        } => Ok(admin::add_key(&open(data).await?, &user, key, &name).await?),
        KeyCommand::List { user, data } => {
            let keys = admin::list_keys(&open(data).await?, &user).await?;
            let lines = keys.iter().map(|key| {
                let time = format_time(key.created_at_ms);
                format!("{}\t{time}\t{}", key.public_key, key.name)
            });
            print_table(&["key", "registered", "name"], lines)
        }
        KeyCommand::Remove { user, key, data } => {
            Ok(admin::remove_key(&open(data).await?, &user, key).await?)
        }
    }
}
