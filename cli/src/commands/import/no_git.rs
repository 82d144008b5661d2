//! `muse import git` where the feature `git-import` is not built in.

use super::git_args::GitArgs;
use crate::ui::context::Context;
use crate::ui::error::CliError;

/// Says what is missing.
pub(super) fn run_git(_context: &Context, _args: &GitArgs) -> Result<(), CliError> {
    Err(
        CliError::failed("this muse was built without the feature `git-import`")
            .with_hint("install it with the feature: `cargo install --path cli`"),
    )
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::ui::environment::Environment;
    use crate::ui::printer::{Printer, PrinterOptions, Verbosity};

    #[test]
    fn the_missing_feature_is_named() {
        let options = PrinterOptions {
            verbosity: Verbosity::Quiet,
            json: false,
            stdout_is_terminal: false,
            color_stdout: false,
            color_stderr: false,
        };
        let context = Context::new(
            Printer::new(options),
            "muse import git".to_owned(),
            Environment::default(),
            PathBuf::new(),
            false,
        );
        let args = GitArgs {
            path: PathBuf::new(),
            directory: None,
            force: false,
            skip_unrecordable: false,
            no_checkout: false,
        };
        let error = run_git(&context, &args).expect_err("there is no gix");
        insta::assert_snapshot!(error.render(), @r"
        error: this muse was built without the feature `git-import`
        hint: install it with the feature: `cargo install --path cli`
        ");
    }
}
