//! `musehub block`, `musehub takedown` and `musehub restore-object`.

use musehub::admin;
use musehub::config::arguments::{BlockCommand, RestoreObjectArguments, TakedownArguments};

use super::output::print_table;
use super::time::format_time;
use super::{CommandError, open};

/// Runs `musehub block`.
pub(crate) async fn run(command: BlockCommand) -> Result<(), CommandError> {
    match command {
        BlockCommand::Add {
            object,
            reason,
            data,
        } => Ok(admin::block(&open(data).await?, &object, &reason).await?),
        BlockCommand::Remove { object, data } => {
            Ok(admin::unblock(&open(data).await?, &object).await?)
        }
        BlockCommand::List { repo, data } => {
            let blocks = admin::list_blocks(&open(data).await?, repo.as_ref()).await?;
            let lines = blocks.iter().map(|block| {
                let time = format_time(block.created_at_ms);
                format!("{}\t{time}\t{}", block.object.to_hex(), block.reason)
            });
            print_table(&["object", "since", "reason"], lines)
        }
    }
}

/// Runs `musehub takedown`.
pub(crate) async fn take_down(arguments: TakedownArguments) -> Result<(), CommandError> {
    let TakedownArguments {
        repo,
        object,
        reason,
        data,
    } = arguments;
    Ok(admin::take_down(&open(data).await?, &repo, &object, &reason).await?)
}

/// Runs `musehub restore-object`.
pub(crate) async fn restore(arguments: RestoreObjectArguments) -> Result<(), CommandError> {
    let RestoreObjectArguments { repo, object, data } = arguments;
    Ok(admin::restore_object(&open(data).await?, &repo, &object).await?)
}
