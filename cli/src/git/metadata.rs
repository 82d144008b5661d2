//! The metadata of imported commits and annotated tags.

use std::collections::BTreeMap;

use muse_wire::limits::MAX_METADATA_VALUE_BYTES;

/// Metadata key of an imported commit: the id of the git commit.
pub const GIT_COMMIT: &str = "git.commit";

/// Metadata key of an imported annotated tag that is not rebuilt from what it says: the id of the
/// git tag.
pub const GIT_TAG: &str = "git.tag";

/// Metadata key: the committer, where it is not the author: `Name <e-mail> SECONDS OFFSET`.
pub const GIT_COMMITTER: &str = "git.committer";

/// Metadata key: the header lines behind the committer's as git has them, such as `encoding` and
/// `gpgsig`.
pub const GIT_HEADERS: &str = "git.headers";

/// Metadata key: submodules that the commit changed, a line `PATH COMMIT` each, `-` where it is
/// gone. The path is quoted as [`muse_wire::quote`] does it.
pub const GIT_SUBMODULES: &str = "git.submodules";

/// Metadata key: files and directories whose modes in git are not those that git writes today, or
/// were so before the commit and are no more: a line `MODE PATH` each, the path quoted. It may go
/// on in `git.modes.1` and so on.
pub const GIT_MODES: &str = "git.modes";

/// Metadata key: which files are LFS pointers in git, of those that the commit changed, in lines
/// that `lfs_note` describes. Here they are what the pointers stand for.
pub const GIT_LFS: &str = "git.lfs";

/// Metadata key: the whole git object, where it cannot be rebuilt from the rest. What is longer
/// than a value may be goes on in `git.raw.1` and so on.
pub const GIT_RAW: &str = "git.raw";

/// Metadata key beside [`GIT_RAW`], of a git object that is not UTF-8: its bytes are the first 256
/// characters of Unicode.
pub const GIT_LATIN_1: &str = "git.raw.latin1";

/// Metadata key beside [`GIT_RAW`], of a tag of a tag: the git objects in it are those of the tags,
/// the one that is named first, and these are their lengths in bytes, with spaces between them.
pub const GIT_LENGTHS: &str = "git.raw.lengths";

/// Most values that a git object is kept in. With a message of the greatest length beside it, and
/// whatever else there is, the record of the commit still is within its limit.
const MAX_RAW_VALUES: usize = 8;

/// Most values that modes are kept in.
const MAX_MODES_VALUES: usize = 4;

/// The metadata that holds a git object; none for one that is too long.
pub(crate) fn raw_metadata(object: &[u8]) -> Option<BTreeMap<String, String>> {
    let mut metadata = BTreeMap::new();
    let text = match str::from_utf8(object) {
        Ok(text) => text.to_owned(),
        Err(_) => {
            metadata.insert(GIT_LATIN_1.to_owned(), "true".to_owned());
            object.iter().map(|&byte| char::from(byte)).collect()
        }
    };
    metadata.extend(values(GIT_RAW, &text, MAX_RAW_VALUES)?);
    Some(metadata)
}

/// The metadata that holds the lines of [`GIT_MODES`]; none if they are too long.
pub(crate) fn modes_metadata(lines: &str) -> Option<Vec<(String, String)>> {
    values(GIT_MODES, lines, MAX_MODES_VALUES)
}

/// The lines of [`GIT_MODES`] that the metadata holds.
pub(crate) fn modes(metadata: &BTreeMap<String, String>) -> String {
    joined(metadata, GIT_MODES)
}

/// The metadata that holds git's tags, each a tag of the one behind it; none if they are too long.
pub(crate) fn raw_tags_metadata(tags: &[Vec<u8>]) -> Option<BTreeMap<String, String>> {
    let mut metadata = raw_metadata(&tags.concat())?;
    if tags.len() > 1 {
        let lengths: Vec<_> = tags.iter().map(|tag| tag.len().to_string()).collect();
        metadata.insert(GIT_LENGTHS.to_owned(), lengths.join(" "));
    }
    Some(metadata)
}

/// The git tags that the metadata holds, each a tag of the one behind it.
pub(super) fn original_tags(metadata: &BTreeMap<String, String>) -> Option<Vec<Vec<u8>>> {
    let all = original(metadata)?;
    let Some(lengths) = metadata.get(GIT_LENGTHS) else {
        return Some(vec![all]);
    };
    let mut rest = all.as_slice();
    let mut tags = Vec::new();
    for length in lengths.split(' ') {
        let (tag, after) = rest.split_at_checked(length.parse().ok()?)?;
        tags.push(tag.to_owned());
        rest = after;
    }
    Some(tags)
}

/// The git object that the metadata holds.
pub(super) fn original(metadata: &BTreeMap<String, String>) -> Option<Vec<u8>> {
    let text = joined(metadata, GIT_RAW);
    if text.is_empty() {
        return None;
    }
    match metadata.contains_key(GIT_LATIN_1) {
        true => text.chars().map(|c| u8::try_from(c).ok()).collect(),
        false => Some(text.into_bytes()),
    }
}

/// A text as the values of `key` and of the keys that go on with it; none if it takes more than
/// `most`.
fn values(key: &str, text: &str, most: usize) -> Option<Vec<(String, String)>> {
    let mut values = Vec::new();
    let mut rest = text;
    while values.is_empty() || !rest.is_empty() {
        if values.len() == most {
            return None;
        }
        let (value, after) = rest.split_at(rest.floor_char_boundary(MAX_METADATA_VALUE_BYTES));
        values.push((numbered(key, values.len()), value.to_owned()));
        rest = after;
    }
    Some(values)
}

/// The text whose values these are; empty if there are none.
fn joined(metadata: &BTreeMap<String, String>, key: &str) -> String {
    let values = (0..).map_while(|at| metadata.get(&numbered(key, at)));
    values.map(String::as_str).collect()
}

fn numbered(key: &str, at: usize) -> String {
    match at {
        0 => key.to_owned(),
        _ => format!("{key}.{at}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_kept_whatever_its_bytes_are() {
        let long = "é".repeat(MAX_METADATA_VALUE_BYTES);
        let bytes: Vec<u8> = (0..=255).collect();
        for object in [&b"tree"[..], long.as_bytes(), &bytes] {
            let metadata = raw_metadata(object).expect("fits");
            let fits = |value: &String| value.len() <= MAX_METADATA_VALUE_BYTES;
            assert!(metadata.values().all(fits));
            assert_eq!(original(&metadata).as_deref(), Some(object));
        }
    }

    #[test]
    fn an_object_that_is_too_long_is_not_kept() {
        let object = vec![b'x'; MAX_RAW_VALUES * MAX_METADATA_VALUE_BYTES + 1];
        assert_eq!(raw_metadata(&object), None);
        assert!(raw_metadata(&object[1..]).is_some());
        assert_eq!(original(&BTreeMap::new()), None);
    }
}
