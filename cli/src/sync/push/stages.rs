//! A push that is more than the server takes at once: more refs than one push moves are moved in
//! parts, and more commits or objects than it brings are sent in stages.

use std::time::Duration;

use muse_wire::api::push::RefUpdate;
use muse_wire::id::CommitId;
use muse_wire::limits::MAX_REF_UPDATES;

use super::error::PushError;
use super::outcome::{PushOutcome, Sent};
use super::send::Push;
use crate::walk;

/// How long to wait for a stage of a push that is not itself waited for.
const STAGE_TIMEOUT: Duration = Duration::from_secs(300);

impl Push<'_> {
    /// Makes the push, in parts where it moves more refs than one can.
    pub(super) fn in_parts(&self) -> Result<PushOutcome, PushError> {
        let mut have = self.server.have.clone();
        let mut earlier = Vec::new();
        let mut parts = self.updates.chunks(MAX_REF_UPDATES).peekable();
        loop {
            let updates = parts.next().unwrap_or_default();
            let part = Push { updates, ..*self };
            if parts.peek().is_none() {
                return Ok(add_up(part.in_stages(have)?, &earlier));
            }
            let part = Push {
                wait: part.wait.or(Some(STAGE_TIMEOUT)),
                ..part
            };
            self.connection.reporter().note(format_args!(
                "too many refs for one push: {} go first",
                updates.len()
            ));
            if let PushOutcome::Done(sent) = part.in_stages(have.clone())? {
                earlier.push(sent);
            }
            have.extend(updates.iter().filter_map(|update| update.new));
        }
    }

    /// Sends everything to a server that has all of `have`: in one push, or where that is more than
    /// the server takes, branch by branch in stages.
    fn in_stages(&self, mut have: Vec<CommitId>) -> Result<PushOutcome, PushError> {
        let limits = &self.server.limits;
        let set = self.collect(&have)?;
        if set.commits.len() as u64 <= limits.commits && set.objects.len() as u64 <= limits.objects
        {
            return self.send(set);
        }
        let mut updates = self.updates.to_vec();
        let mut earlier = Vec::new();
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
                    wait: self.wait.or(Some(STAGE_TIMEOUT)),
                    ..*self
                };
                self.connection.reporter().note(format_args!(
                    "too much for one push: {} goes to {} first",
                    update.name.short(),
                    stage.short()
                ));
                if let PushOutcome::Done(sent) = push.send(push.collect(&have)?)? {
                    earlier.push(sent);
                }
                have.push(stage);
                update.old = Some(stage);
            }
        }
        let push = Push {
            updates: &updates,
            ..*self
        };
        Ok(add_up(push.send(push.collect(&have)?)?, &earlier))
    }
}

/// The last push's outcome, with what the earlier ones sent.
fn add_up(mut last: PushOutcome, earlier: &[Sent]) -> PushOutcome {
    if let PushOutcome::Done(sum) | PushOutcome::Detached(sum) = &mut last {
        for sent in earlier {
            sum.counts.add(&sent.counts);
            sum.bytes += sent.bytes;
            add(&mut sum.job.commits_written, sent.job.commits_written);
            add(&mut sum.job.objects_written, sent.job.objects_written);
        }
    }
    last
}

fn add(sum: &mut Option<u64>, more: Option<u64>) {
    if let (Some(sum), Some(more)) = (sum, more) {
        *sum += more;
    }
}
