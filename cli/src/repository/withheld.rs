//! The objects that servers withheld, `.muse/withheld`: records name them, and a server was told
//! not to give them, for a reason.
//!
//! What is listed and not here is no damage: it is left out of the work tree and not sent, and
//! every fetch asks for it again. The file is JSON, `{"version": 1, "objects": [{"object": …,
//! "reason": …}, …]}`, and missing where nothing is withheld. It is written before the records are
//! part of the repository, and an object that has come is only struck off after that; so whatever
//! is listed and here has come.

use std::collections::BTreeMap;
use std::path::Path;

use muse_wire::api::fetch::WithheldObject;
use muse_wire::id::ObjectId;
use serde::{Deserialize, Serialize};

use super::durable::Durability;
use super::error::Result;
use super::list_file;

/// Objects that are withheld, with the reasons.
pub type Withheld = BTreeMap<ObjectId, String>;

/// The list in the file.
#[derive(Default, Serialize, Deserialize)]
struct List {
    objects: Vec<WithheldObject>,
}

/// All objects that the file at `path` lists.
pub(super) fn read(path: &Path) -> Result<Withheld> {
    let List { objects } = list_file::read(path)?;
    let objects = objects.into_iter();
    Ok(objects.map(|one| (one.object, one.reason)).collect())
}

/// Replaces the list at `path`.
pub(super) fn write(objects: Withheld, path: &Path, temporary: &Path) -> Result<()> {
    if objects.is_empty() {
        return list_file::remove(path);
    }
    let objects = objects
        .into_iter()
        .map(|(object, reason)| WithheldObject { object, reason })
        .collect();
    list_file::write(List { objects }, path, temporary, Durability::Synced)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::repository::RepositoryError;

    #[test]
    fn the_list_is_kept_whole_and_damage_is_no_empty_list() {
        let directory = tempfile::tempdir().expect("temporary directory");
        let path = directory.path().join("withheld");
        let read = || read(&path).map_err(|error| error.to_string());
        assert_eq!(read(), Ok(Withheld::new()));
        let listed = Withheld::from([
            (ObjectId::of(b"1"), "court order \"7\"".to_owned()),
            (ObjectId::of(b"2"), String::new()),
        ]);
        write(listed.clone(), &path, directory.path()).expect("writable");
        assert_eq!(read(), Ok(listed));
        let whole = fs::read(&path).expect("there");
        for damaged in [
            &whole[..whole.len() - 1],
            br#"{"version":2,"objects":[]}"#,
            br#"{"version":1,"objects":[{"object":"sha256:12","reason":""}]}"#,
        ] {
            fs::write(&path, damaged).expect("writable");
            let read = super::read(&path);
            assert!(matches!(read, Err(RepositoryError::Damaged { .. })));
        }
        for _ in 0..2 {
            write(Withheld::new(), &path, directory.path()).expect("writable");
            assert!(!path.exists());
        }
    }
}
