//! What is told of migrations, on either engine.

use std::error::Error;

use diesel::backend::Backend;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness};

/// The name of the migration that begins with an empty database.
pub(super) const FIRST_MIGRATION: &str = "0001_initial";

/// The names of the migrations that have not been applied, in order.
pub(super) fn pending_names<DB: Backend>(
    connection: &mut impl MigrationHarness<DB>,
    migrations: EmbeddedMigrations,
) -> Result<Vec<String>, Box<dyn Error + Send + Sync>> {
    let pending = connection.pending_migrations(migrations)?;
    Ok(pending
        .iter()
        .map(|migration| migration.name().to_string())
        .collect())
}
