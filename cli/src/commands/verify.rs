//! `muse verify`.

use super::fsck::{print, verdict};
use crate::fsck::verify;
use crate::ui::context::Context;
use crate::ui::error::CliError;

/// Checks keys and tables of all mpacks, and that all refs resolve.
///
/// # Errors
/// If something is damaged.
pub fn run(context: &Context) -> Result<(), CliError> {
    let repository = context.repository()?;
    let findings = verify(&repository, context)?;
    print(context, &findings)?;
    verdict(&findings, false)
}
