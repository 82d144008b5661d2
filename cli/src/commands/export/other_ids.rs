//! Naming the commits and tags that have other ids in git than before.

use crate::ui::context::Context;
use crate::ui::quantity::counted;

/// How many are named.
const MAX_NAMED: usize = 10;

/// Says of the first of `own` what has changed, and how many `others` there are, which build on
/// these.
pub(super) fn warn_of_other_ids(context: &Context, own: &[String], others: usize) {
    for sentence in own.iter().take(MAX_NAMED) {
        context.printer.warn(sentence);
    }
    let rest = own.len().saturating_sub(MAX_NAMED) + others;
    if rest > 0 {
        context.printer.warn(format_args!(
            "{} more have other ids in git than before, most because they build on those \
             (`--json` names them all)",
            counted(rest as u64, "commit"),
        ));
    }
}
