//! `musehub audit`.

use musehub::admin;
use musehub::config::arguments::AuditArguments;
use musehub::store::audit::{AuditEntry, AuditFilter};

use super::output::{NONE, print_table};
use super::time::format_time;
use super::{CommandError, open};

/// What the operator, who acts at the server's command line, is called. No user has this name.
const OPERATOR: &str = "operator";

/// Runs the command.
pub(crate) async fn run(arguments: AuditArguments) -> Result<(), CommandError> {
    let AuditArguments {
        repo,
        user,
        limit,
        data,
    } = arguments;
    let filter = AuditFilter { repo, user };
    let entries = admin::audit_log(&open(data).await?, &filter, limit).await?;
    let headings = ["time", "who", "act", "repository", "user", "detail"];
    print_table(&headings, entries.iter().map(describe))
}

fn describe(entry: &AuditEntry) -> String {
    let column = |text: Option<&str>| text.unwrap_or(NONE).to_owned();
    let detail = Some(entry.detail.as_str()).filter(|detail| !detail.is_empty());
    [
        format_time(entry.at_ms),
        entry.actor.as_deref().unwrap_or(OPERATOR).to_owned(),
        entry.act.clone(),
        column(entry.repo.as_deref()),
        column(entry.user.as_deref()),
        column(detail),
    ]
    .join("\t")
}
