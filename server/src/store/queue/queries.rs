//! The queue as a whole, in SQL.

use diesel::dsl::{count_star, min};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use muse_wire::api::job::JobState;

use super::Conn;
use crate::store::clock::Now;
use crate::store::columns::from_column;
use crate::store::error::Result;
use crate::store::jobs::JobKind;
use crate::store::queue::QueueStatus;
use crate::store::schema::jobs;

pub(in crate::store) async fn status(conn: &mut Conn) -> Result<Vec<QueueStatus>> {
    let rows: Vec<(String, String, i64, Option<i64>)> = jobs::table
        .filter(jobs::finished_at_ms.is_null())
        .group_by((jobs::kind, jobs::state))
        .select((jobs::kind, jobs::state, count_star(), min(jobs::due_at_ms)))
        .load(conn)
        .await?;
    let read_at_ms: i64 = diesel::select(Now).get_result(conn).await?;
    let of_kind = |kind: JobKind| {
        let mut status = QueueStatus {
            kind,
            pending: 0,
            running: 0,
            wait_ms: 0,
        };
        for (name, state, count, due_at_ms) in &rows {
            if name != kind.as_str() {
                continue;
            }
            if state == JobState::Running.as_str() {
                status.running = from_column(*count)?;
            } else {
                status.pending = from_column(*count)?;
            }
            // That of a running job ends with its lease: then it waits, too.
            let waited_ms = due_at_ms.map_or(0, |due_at_ms| read_at_ms - due_at_ms);
            status.wait_ms = status.wait_ms.max(waited_ms.max(0).cast_unsigned());
        }
        Ok(status)
    };
    JobKind::ALL.into_iter().map(of_kind).collect()
}
