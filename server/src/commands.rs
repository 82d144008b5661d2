//! What each administration command does: a call of the library, and words for its result.

mod audit;
mod backup;
mod block;
mod confirmation;
mod error;
mod gc;
mod key;
mod member;
mod output;
mod quarantine;
mod repo;
mod time;
mod token;
mod user;

use musehub::blobs::Blobs;
use musehub::config::arguments::{DataArguments, MigrateArguments};
use musehub::store::Store;
use musehub::{open_blobs, open_existing_store, open_store, pending_migrations};

pub(crate) use self::audit::run as audit;
pub(crate) use self::backup::{restore_from, run as backup};
pub(crate) use self::block::{restore as restore_object, run as block, take_down};
pub(crate) use self::error::CommandError;
pub(crate) use self::gc::{doctor, run as gc};
pub(crate) use self::key::run as key;
pub(crate) use self::member::run as member;
pub(crate) use self::output::{print_error, print_line};
pub(crate) use self::quarantine::run as quarantine;
pub(crate) use self::repo::run as repo;
pub(crate) use self::token::run as token;
pub(crate) use self::user::run as user;

/// Brings the database's schema up to date, or prints the migrations that a start of a server would
/// apply.
pub(crate) async fn migrate(arguments: MigrateArguments) -> Result<(), CommandError> {
    if !arguments.check {
        return create(arguments.data).await.map(drop);
    }
    let pending = pending_migrations(&arguments.data.config()).await?;
    pending.iter().try_for_each(|name| print_line(name))?;
    if pending.is_empty() {
        Ok(())
    } else {
        Err(CommandError::Pending(pending.len()))
    }
}

/// The database, for the commands that come first: it is created where it is missing.
async fn create(data: DataArguments) -> Result<Store, CommandError> {
    Ok(open_store(&data.config()).await?)
}

/// The database and the blobs, for commands that need both.
async fn open_both(data: DataArguments) -> Result<(Store, Blobs), CommandError> {
    let config = data.clone().config();
    Ok((open(data).await?, open_blobs(&config)?))
}

/// The database, for all other commands.
async fn open(data: DataArguments) -> Result<Store, CommandError> {
    Ok(open_existing_store(&data.config()).await?)
}
