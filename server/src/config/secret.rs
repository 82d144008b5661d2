//! The key that signs blob URLs: a file in the data directory, created once, shared by all
//! processes.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use muse_wire::id::hex;

/// Random bytes of a new secret.
const SECRET_BYTES: usize = 32;

/// Fewest characters of a secret that the operator chose.
pub(crate) const MIN_SECRET_CHARACTERS: usize = 32;

/// The secret in `path`, created where it is missing. Only the owner may read the file.
///
/// # Errors
/// Where the file cannot be read or written.
pub(crate) fn load_or_create(path: &Path) -> io::Result<String> {
    match fs::read_to_string(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        found => return check(found?),
    }
    let directory = path.parent().ok_or(ErrorKind::InvalidInput)?;
    let mut random = [0; SECRET_BYTES];
    getrandom::fill(&mut random).map_err(io::Error::other)?;
    // Only the owner may read temporary files.
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    file.write_all(hex(&random).as_bytes())?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(path) {
        Ok(_) => File::open(directory)?.sync_all()?,
        // Another process was faster, so its secret is used.
        Err(error) if error.error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error.error),
    }
    check(fs::read_to_string(path)?)
}

/// Whether nobody can guess it, as far as its length tells. Space around it does not count.
pub(crate) fn is_long_enough(secret: &str) -> bool {
    secret.trim().chars().count() >= MIN_SECRET_CHARACTERS
}

fn check(secret: String) -> io::Result<String> {
    let secret = secret.trim();
    if !is_long_enough(secret) {
        let reason = "it holds fewer than 32 characters; remove it to have a new one created";
        return Err(io::Error::new(ErrorKind::InvalidData, reason));
    }
    Ok(secret.to_owned())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn the_secret_is_created_once_and_only_its_owner_may_read_it() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = directory.path().join("secret");
        let first = load_or_create(&path).expect("created");
        assert_eq!(first.len(), 2 * SECRET_BYTES);
        assert_eq!(load_or_create(&path).expect("read"), first);
        let mode = fs::metadata(&path).expect("metadata").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_dir(directory.path()).expect("list").count(), 1);
    }

    #[test]
    fn an_empty_secret_is_not_used() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = directory.path().join("secret");
        fs::write(&path, "\n").expect("write");
        let error = load_or_create(&path).expect_err("too short");
        assert_eq!(error.kind(), ErrorKind::InvalidData);
    }
}
