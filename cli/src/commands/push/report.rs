//! What a push says when it is over.

use indicatif::HumanBytes;
use muse_wire::api::push::RefUpdate;
use muse_wire::api::refs::RefsResponse;
use muse_wire::id::CommitId;
use serde_json::json;

use super::transfer::Sent;
use crate::transport::RemoteUrl;
use crate::ui::context::Context;
use crate::ui::error::CliError;
use crate::ui::quantity::counted;
use crate::walk::PushSet;

/// Says what became of a push to one remote.
pub(super) struct Report<'a> {
    context: &'a Context,
    remote: &'a str,
    url: &'a RemoteUrl,
    server: &'a RefsResponse,
}

impl<'a> Report<'a> {
    pub(super) const fn new(
        context: &'a Context,
        remote: &'a str,
        url: &'a RemoteUrl,
        server: &'a RefsResponse,
    ) -> Self {
        Self {
            context,
            remote,
            url,
            server,
        }
    }

    pub(super) fn up_to_date(&self) -> Result<(), CliError> {
        if self.context.json() {
            return self.json(&[], json!({"status": "up_to_date"}));
        }
        self.context.printer.note("Everything up-to-date");
        Ok(())
    }

    pub(super) fn would_push(&self, updates: &[RefUpdate], set: &PushSet) -> Result<(), CliError> {
        let (commits, objects) = (set.commits.len(), set.objects.len());
        if self.context.json() {
            let figures = json!({"status": "dry_run", "commits": commits, "objects": objects});
            return self.json(updates, figures);
        }
        self.lines(updates);
        self.context.printer.note(format_args!(
            "nothing was sent (--dry-run); it would be {}, {}",
            counted(commits as u64, "commit"),
            counted(objects as u64, "object"),
        ));
        Ok(())
    }

    pub(super) fn pushed(&self, updates: &[RefUpdate], sent: &Sent) -> Result<(), CliError> {
        if self.context.json() {
            return self.json(updates, figures("done", sent));
        }
        self.lines(updates);
        if sent.counts.commits > 0 {
            self.context.printer.note(format_args!(
                "{}, {}, {} sent",
                counted(sent.counts.commits, "commit"),
                counted(sent.counts.objects, "object"),
                HumanBytes(sent.bytes),
            ));
        }
        Ok(())
    }

    pub(super) fn detached(&self, sent: &Sent) -> Result<(), CliError> {
        if self.context.json() {
            return self.json(&[], figures("detached", sent));
        }
        self.context.printer.note(format_args!(
            "{} sent to {}; the server goes on by itself",
            HumanBytes(sent.bytes),
            self.url
        ));
        self.context.printer.note(format_args!(
            "to wait for it: `muse job wait {}`",
            sent.job.job_id
        ));
        Ok(())
    }

    /// One line for each ref, as git has them.
    fn lines(&self, updates: &[RefUpdate]) {
        let printer = &self.context.printer;
        printer.note(format_args!("To {}", self.url));
        let short = |id: &CommitId| id.to_hex()[..7].to_owned();
        for update in updates {
            let name = update.name.short();
            let kind = if update.name.as_tag().is_some() {
                "tag"
            } else {
                "branch"
            };
            printer.note(match (&update.old, &update.new) {
                (None, _) => format!(" * {:<16} {name} -> {name}", format!("[new {kind}]")),
                (Some(_), None) => format!(" - {:<16} {name}", "[deleted]"),
                (Some(old), Some(new)) => {
                    let mark = if update.force.allows_non_fast_forward() {
                        '+'
                    } else {
                        ' '
                    };
                    let range = format!("{}..{}", short(old), short(new));
                    format!(" {mark} {range:<16} {name} -> {name}")
                }
            });
        }
    }

    fn json(&self, updates: &[RefUpdate], mut figures: serde_json::Value) -> Result<(), CliError> {
        figures["remote"] = json!(self.remote);
        figures["url"] = json!(self.url.to_string());
        figures["repo_id"] = json!(self.server.repo_id);
        figures["updates"] = json!(updates);
        self.context.printer.json(&figures)
    }
}

fn figures(status: &str, sent: &Sent) -> serde_json::Value {
    json!({
        "status": status,
        "job_id": sent.job.job_id,
        "commits": sent.counts.commits,
        "objects": sent.counts.objects,
        "bytes_sent": sent.bytes,
        "commits_written": sent.job.commits_written,
        "objects_written": sent.job.objects_written,
        "timings": sent.job.timings,
    })
}
