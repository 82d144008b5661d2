//! `muse check-ignore`.

use std::path::PathBuf;

use muse_wire::quote::{quote, quote_path};

use crate::ui::context::Context;
use crate::ui::error::CliError;
use crate::worktree::ignore_rule;

/// Arguments of `muse check-ignore`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  muse check-ignore -v target/debug
    Show whether the path is ignored, and by which rule.")]
pub struct CheckIgnoreArgs {
    /// Files or directories, which need not be there; a slash at the end means a directory.
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
}

/// Prints those of the paths that are ignored; with `-v` also `FILE:LINE:PATTERN` before each.
///
/// # Errors
/// If none is ignored, or one is outside of the repository.
pub fn run(context: &Context, args: CheckIgnoreArgs) -> Result<(), CliError> {
    let repository = context.repository()?;
    let head = repository.refs.head_commit()?;
    let base = repository.objects.commit_tree(head.as_ref())?;
    let mut warnings = Vec::new();
    let mut found = Vec::new();
    for path in args.paths {
        let mut inside = context.path_in(&repository, &path)?;
        if path.as_os_str().as_encoded_bytes().ends_with(b"/") && !inside.is_empty() {
            inside.push('/');
        }
        let mut warn = |text| {
            if !warnings.contains(&text) {
                warnings.push(text);
            }
        };
        if let Some(rule) = ignore_rule(&repository, &base, &inside, &mut warn) {
            found.push((path, rule));
        }
    }
    for warning in warnings {
        context.printer.warn(warning);
    }
    if context.json() {
        let rules: Vec<_> = found
            .iter()
            .map(|(path, rule)| {
                serde_json::json!({
                    "path": path.to_string_lossy(),
                    "source": rule.source,
                    "line": rule.line,
                    "pattern": rule.pattern,
                })
            })
            .collect();
        context.printer.json(&rules)?;
    } else {
        for (path, rule) in &found {
            let path = quote_path(path);
            context.printer.line(match context.printer.is_verbose() {
                true => format!(
                    "{}:{}:{}\t{path}",
                    quote(&rule.source),
                    rule.line,
                    rule.pattern
                ),
                false => path.into_owned(),
            })?;
        }
    }
    match found.is_empty() {
        true => Err(CliError::failed("none of these paths is ignored")),
        false => Ok(()),
    }
}
