//! `muse verify-commit`.

use serde_json::json;

use crate::ui::commit_text::signatures_to_json;
use crate::ui::completion::Completes;
use crate::ui::context::Context;
use crate::ui::error::{CliError, ErrorKind};

/// Arguments of `muse verify-commit`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  muse verify-commit HEAD v1.0
    Check the signatures of two commits.")]
pub struct VerifyCommitArgs {
    /// Branches, tags or commits.
    #[arg(value_name = "REV", required = true, add = Completes::Revision)]
    revisions: Vec<String>,
}

/// Runs `muse verify-commit`.
///
/// # Errors
/// If one of the commits is not signed, or a signature does not fit it.
pub fn run(context: &Context, args: VerifyCommitArgs) -> Result<(), CliError> {
    let repository = context.repository()?;
    let mut results = Vec::new();
    let mut bad = Vec::new();
    for revision in &args.revisions {
        let id = repository.resolve(revision)?;
        let envelope = repository.objects.commit_envelope(&id)?;
        let is_good = !envelope.signatures.is_empty()
            && envelope.signatures.iter().all(|one| one.verifies(&id));
        if !is_good {
            bad.push(id.short());
        }
        if context.json() {
            let signatures = signatures_to_json(&id, &envelope.signatures);
            results.push(json!({"commit": id, "good": is_good, "signatures": signatures}));
            continue;
        }
        for signature in &envelope.signatures {
            let verdict = match signature.verifies(&id) {
                true => "good",
                false => "BAD",
            };
            let (id, key) = (id.short(), signature.public_key);
            context
                .printer
                .line(format_args!("{id}: {verdict} signature by {key}"))?;
        }
    }
    if context.json() {
        context.printer.json(&results)?;
    }
    match bad.is_empty() {
        true => Ok(()),
        false => {
            let message = format!("without a good signature: {}", bad.join(", "));
            Err(CliError::new(ErrorKind::Failed, message)
                .with_hint("`muse commit --amend -S` signs the last commit"))
        }
    }
}
