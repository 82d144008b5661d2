//! `musehub user`.

use musehub::admin;
use musehub::config::arguments::UserCommand;

use super::{CommandError, create};

/// Runs the command.
pub(crate) async fn run(command: UserCommand) -> Result<(), CommandError> {
    match command {
        UserCommand::Create { name, data } => {
            Ok(admin::create_user(&create(data).await?, &name).await?)
        }
    }
}
