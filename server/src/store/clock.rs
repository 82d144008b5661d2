//! The database's clock.
//!
//! Leases, due times and expiry go by it alone, so that a process whose own clock is wrong neither
//! steals jobs nor loses them.

use diesel::backend::Backend;
use diesel::expression::{ValidGrouping, is_aggregate};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::BigInt;
use diesel::sqlite::Sqlite;

/// The time at which the database runs the statement, in milliseconds since 1970.
#[derive(Debug, Clone, Copy, QueryId)]
pub(super) struct Now;

impl Expression for Now {
    type SqlType = BigInt;
}

impl<Tables> AppearsOnTable<Tables> for Now {}

impl<Tables> SelectableExpression<Tables> for Now {}

impl<GroupBy> ValidGrouping<GroupBy> for Now {
    type IsAggregate = is_aggregate::Never;
}

impl QueryFragment<Sqlite> for Now {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        push(out, "CAST(unixepoch('now', 'subsec') * 1000 AS INTEGER)")
    }
}

impl QueryFragment<Pg> for Now {
    /// Not `clock_timestamp()`, which may change within a statement, so that no index helps to
    /// compare with it; not `now()`, which is as old as the transaction.
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        push(
            out,
            "CAST(EXTRACT(EPOCH FROM statement_timestamp()) * 1000 AS BIGINT)",
        )
    }
}

fn push<DB: Backend>(mut out: AstPass<'_, '_, DB>, sql: &str) -> QueryResult<()> {
    out.push_sql(sql);
    Ok(())
}

diesel::numeric_expr!(Now);
