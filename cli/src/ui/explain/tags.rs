//! Errors of changing tags.

use crate::tags::TagError;
use crate::ui::error::CliError;

impl From<TagError> for CliError {
    fn from(error: TagError) -> Self {
        let message = error.to_string();
        match error {
            TagError::Repository(error) => error.into(),
            TagError::Name(_) => Self::usage(message),
            TagError::Unknown(_) => Self::not_found(message).with_hint("`muse tag` lists the tags"),
            TagError::AlreadyExists { name, .. } => Self::failed(message)
                .with_hint(format!("`muse tag -f {}` replaces it", name.short())),
            error => Self::failed(message).with_source(error),
        }
    }
}
