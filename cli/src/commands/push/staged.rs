//! A push that is more than the server takes at a time, made in stages.

use std::time::Duration;

use muse_wire::api::push::RefUpdate;
use muse_wire::id::CommitId;

use super::transfer::{Outcome, Push, Sent};
use crate::ui::error::CliError;
use crate::walk;

/// How long to wait for a stage of a push that is not itself waited for.
const STAGE_TIMEOUT: Duration = Duration::from_secs(300);

impl Push<'_> {
    /// Sends everything: in one push, or where that is more than the server takes, branch by branch in stages.
    pub(super) fn run(&self, mut have: Vec<CommitId>) -> Result<Outcome, CliError> {
        let limits = &self.server.limits;
        let set = self.collect(&have)?;
        if set.commits.len() as u64 <= limits.commits && set.objects.len() as u64 <= limits.objects
        {
            return self.send(set);
        }
        let mut updates = self.updates.to_vec();
        let mut before = Vec::new();
        for update in &mut updates {
            let branch_tip = update.name.as_branch().and(update.new);
            let Some(tip) = branch_tip else { continue };
            for stage in walk::stages(&self.repository.objects, tip, &have, limits)? {
                let step = RefUpdate {
                    new: Some(stage),
                    ..update.clone()
                };
                let push = Push {
                    updates: &[step],
                    timeout: self.timeout.or(Some(STAGE_TIMEOUT)),
                    ..*self
                };
                self.context.printer.note(format_args!(
                    "too much for one push: {} goes to {} first",
                    update.name.short(),
                    stage.short()
                ));
                if let Outcome::Done(sent) = push.send(push.collect(&have)?)? {
                    before.push(sent);
                }
                have.push(stage);
                update.old = Some(stage);
            }
        }
        let push = Push {
            updates: &updates,
            ..*self
        };
        Ok(push.send(push.collect(&have)?)?.after(&before))
    }
}

impl Outcome {
    /// The same, with what the pushes before it sent.
    fn after(mut self, before: &[Sent]) -> Self {
        let (Self::Done(sent) | Self::Detached(sent)) = &mut self;
        for earlier in before {
            sent.counts.add(&earlier.counts);
            sent.bytes += earlier.bytes;
            add(&mut sent.job.commits_written, earlier.job.commits_written);
            add(&mut sent.job.objects_written, earlier.job.objects_written);
        }
        self
    }
}

fn add(sum: &mut Option<u64>, more: Option<u64>) {
    if let (Some(sum), Some(more)) = (sum, more) {
        *sum += more;
    }
}
