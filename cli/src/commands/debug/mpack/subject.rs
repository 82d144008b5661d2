//! Which file is looked into, and which key it should have.

use std::fs::File;
use std::path::{Path, PathBuf};

use muse_wire::id::{ID_PREFIX, MpackKey, hash_object};
use muse_wire::quote::quote_path;

use crate::repository::id_digits;
use crate::ui::context::Context;
use crate::ui::error::CliError;

/// How the name of a client's mpack ends.
const EXTENSION: &str = "mpack";

/// The file, with its keys.
pub(super) struct Subject {
    pub(super) path: PathBuf,
    pub(super) size_bytes: u64,
    /// What it hashes to.
    pub(super) actual_key: MpackKey,
    /// What it should hash to: as it was asked for, or by its name. None where no name says so.
    pub(super) expected_key: Option<MpackKey>,
}

impl Subject {
    /// The file of this name, or else the repository's mpack of this key, which may be shortened;
    /// hashed.
    pub(super) fn find(context: &Context, given: &Path) -> Result<Self, CliError> {
        let file = context.resolve(given);
        if let Ok(metadata) = file.metadata() {
            // A device or a pipe may never end, and an mpack is read from both ends.
            if !metadata.is_file() {
                let message = format!("{} is not a regular file", quote_path(given));
                let hint = "give an mpack, or write what this gives to a file first";
                return Err(CliError::usage(message).with_hint(hint));
            }
            let expected_key = named_key(&file);
            return Self::read(file, expected_key);
        }
        let Some(digits) = given.to_str().and_then(id_digits) else {
            let message = format!(
                "{} is neither a file nor the key of an mpack",
                quote_path(given)
            );
            return Err(CliError::not_found(message));
        };
        let repository = context.repository()?;
        let keys = repository.objects.mpacks_with_prefix(&digits)?;
        if keys.len() > 1 {
            let message = format!(
                "{} mpacks of this repository have keys that start with {digits}",
                keys.len()
            );
            return Err(CliError::not_found(message).with_hint("type more digits"));
        }
        let key = keys.first();
        match key.and_then(|key| Some((repository.objects.mpack_file(key)?, *key))) {
            Some((path, key)) => Self::read(path, Some(key)),
            None => {
                let message = format!("this repository has no mpack {digits}");
                Err(CliError::not_found(message))
            }
        }
    }

    fn read(path: PathBuf, expected_key: Option<MpackKey>) -> Result<Self, CliError> {
        let hashed = File::open(&path).and_then(|mut file| hash_object(&mut file));
        let (hash, size_bytes) = hashed
            .map_err(|error| CliError::io(format!("cannot read {}", quote_path(&path)), error))?;
        Ok(Self {
            path,
            size_bytes,
            actual_key: MpackKey::from_bytes(*hash.as_bytes()),
            expected_key,
        })
    }

    /// Whether it should have another key.
    pub(super) fn is_other_file(&self) -> bool {
        self.expected_key.is_some_and(|key| key != self.actual_key)
    }

    /// That it should have another key.
    pub(super) fn mismatch(&self) -> Option<String> {
        let expected = self.expected_key.filter(|key| *key != self.actual_key)?;
        let actual = self.actual_key;
        Some(format!("it hashes to {actual}, not to its key {expected}"))
    }
}

/// The key that is a file's name: as the client names mpacks, or as the server does.
fn named_key(path: &Path) -> Option<MpackKey> {
    match path.extension() {
        None => parse_key(path.file_name()?.to_str()?),
        Some(extension) if extension == EXTENSION => parse_key(path.file_stem()?.to_str()?),
        Some(_) => None,
    }
}

fn parse_key(text: &str) -> Option<MpackKey> {
    let digits = text.strip_prefix(ID_PREFIX).unwrap_or(text);
    format!("{ID_PREFIX}{digits}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_files_name_says_its_key() {
        let digits = "0123456789abcdef".repeat(4);
        let key = parse_key(&digits);
        assert!(key.is_some());
        assert_eq!(parse_key(&format!("sha256:{digits}")), key);
        let named = |name: String| named_key(&Path::new("dir").join(name));
        assert_eq!(named(format!("{digits}.mpack")), key);
        assert_eq!(named(format!("{digits}.part")), None);
        assert_eq!(named(digits), key);
        assert_eq!(named("mpack".to_owned()), None);
        assert_eq!(named("backup.mpack".to_owned()), None);
    }
}
