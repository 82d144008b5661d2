//! What each administration command does: a call of the library, and words for its result.

mod audit;
mod confirmation;
mod error;
mod member;
mod output;
mod repo;
mod time;
mod token;
mod user;

use musehub::config::arguments::DataArguments;
use musehub::store::Store;
use musehub::{open_existing_store, open_store};

pub(crate) use self::audit::run as audit;
pub(crate) use self::error::CommandError;
pub(crate) use self::member::run as member;
pub(crate) use self::output::{print_error, print_line};
pub(crate) use self::repo::run as repo;
pub(crate) use self::token::run as token;
pub(crate) use self::user::run as user;

/// Brings the database's schema up to date.
pub(crate) async fn migrate(data: DataArguments) -> Result<(), CommandError> {
    create(data).await.map(drop)
}

/// The database, for the commands that come first: it is created where it is missing.
async fn create(data: DataArguments) -> Result<Store, CommandError> {
    Ok(open_store(&data.config()).await?)
}

/// The database, for all other commands.
async fn open(data: DataArguments) -> Result<Store, CommandError> {
    Ok(open_existing_store(&data.config()).await?)
}
