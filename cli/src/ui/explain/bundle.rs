//! Errors of bundles.

use std::path::Path;

use muse_wire::bundle::BundleError;
use muse_wire::quote::quote_path;

use crate::sync::CreateBundleError;
use crate::ui::error::{CliError, ErrorKind};

/// Why the file at `path` cannot be read as a bundle.
pub fn bundle_error(error: BundleError, path: &Path) -> CliError {
    let shown = quote_path(path);
    match error {
        BundleError::Io(error) => CliError::io(format!("cannot read {shown}"), error),
        BundleError::NotABundle => CliError::failed(format!("{shown} is not a bundle"))
            .with_hint("`muse bundle create FILE` writes one"),
        BundleError::Version(_) => CliError::failed(format!("cannot read {shown}"))
            .with_source(error)
            .with_hint("a later version of muse reads it"),
        error => CliError::new(ErrorKind::Damaged, format!("{shown} cannot be used"))
            .with_source(error)
            .with_hint("copy the bundle again from where it was made"),
    }
}

impl From<CreateBundleError> for CliError {
    fn from(error: CreateBundleError) -> Self {
        let message = error.to_string();
        match error {
            CreateBundleError::Empty => Self::not_found(message)
                .with_hint("`muse commit` makes something, `muse branch` lists what there is"),
            CreateBundleError::Header(error) => Self::wrap(ErrorKind::Failed, error),
            CreateBundleError::Collect(error) => error.into(),
            CreateBundleError::Repository(error) => error.into(),
            CreateBundleError::Write { source, .. } => Self::io(message, source),
        }
    }
}
