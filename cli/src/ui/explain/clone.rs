//! Errors of a clone.

use super::{Explain, Login};
use crate::sync::{CloneError, Leftovers};
use crate::ui::error::CliError;

impl Explain for CloneError {
    fn explain(self, login: Option<Login<'_>>) -> CliError {
        let message = self.to_string();
        match self {
            Self::Remote(error) => error.explain(login),
            Self::Repository(error) => error.into(),
            Self::Directory { source, .. } | Self::Marker { source, .. } => {
                CliError::io(message, source)
            }
            Self::UnknownStart { .. } => CliError::not_found(message),
            Self::BadRemoteName(_) => CliError::usage(message),
            Self::NotEmpty { .. } => CliError::failed(message)
                .with_hint("name another directory: `muse clone URL DIRECTORY`"),
            Self::OtherClone { .. } => CliError::failed(message)
                .with_hint("remove the directory, or clone into another one"),
            Self::Failed { source, leftovers } => {
                let error = source.explain(login);
                match leftovers {
                    Leftovers::None => error,
                    Leftovers::Downloads => error.with_hint(
                        "what was downloaded is kept; run the same command again to resume",
                    ),
                    Leftovers::Directory(path) => {
                        error.with_hint(format!("{} could not be removed", path.display()))
                    }
                }
            }
        }
    }
}
