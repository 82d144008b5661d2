//! What a command may change, as a value: refs, files, settings and lists.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use muse_e2e::harness::listing;

/// What lies at the places in `.muse` that commands change, beside refs.
const LISTS: [&str; 3] = ["config.toml", "stash", "bisect"];

/// A file that is never the same.
const RANDOM_FILE: &str = "signing-key";

/// Each ref, each file of a work tree and each file of settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct State(BTreeMap<String, String>);

impl State {
    /// Reads the repositories and settings in `place`.
    pub(super) fn read(place: &Path) -> Self {
        let own_name = place.file_name().expect("it has one").to_string_lossy();
        let mut parts = BTreeMap::new();
        for entry in fs::read_dir(place).expect("it is there") {
            let directory = entry.expect("it can be listed").path();
            let name = directory.file_name().expect("it has one").to_string_lossy();
            if directory.is_file() {
                let contents = fs::read(&directory).expect("own file");
                parts.insert(format!("file {name}"), format!("{} bytes", contents.len()));
                continue;
            }
            for (path, item) in listing(&directory) {
                let shown = match path.ends_with(RANDOM_FILE) {
                    true => "some key".to_owned(),
                    false => format!("{item:?}"),
                };
                parts.insert(format!("file {name}/{}", path.display()), shown);
            }
            let muse = directory.join(".muse");
            let text = |name| fs::read(muse.join(name)).ok();
            for list in LISTS {
                if let Some(text) = text(list) {
                    let text = String::from_utf8_lossy(&text).into_owned();
                    parts.insert(format!("{list} {name}"), text);
                }
            }
            let refs = text("refs").unwrap_or_default();
            for line in String::from_utf8_lossy(&refs).lines() {
                let (one, other) = line.split_once(' ').expect("two words");
                let (key, value) = match one.bytes().all(|byte| byte.is_ascii_uppercase()) {
                    true => (one, other),
                    false => (other, one),
                };
                // A branch may be named after the place.
                let key = key.replace(&*own_name, "{place}");
                parts.insert(format!("ref {name} {key}"), value.to_owned());
            }
        }
        Self(parts)
    }

    /// The files of the work tree that differ from those of another state.
    pub(super) fn changed_files<'a>(&'a self, other: &'a Self) -> BTreeSet<&'a str> {
        let keys = self.0.keys().chain(other.0.keys());
        let changed = keys.filter(|key| self.0.get(*key) != other.0.get(*key));
        changed
            .filter_map(|key| key.strip_prefix("file work/"))
            .collect()
    }

    /// What is in none of these states as it is here.
    pub(super) fn strays<'a>(&'a self, known: &[&'a Self]) -> BTreeSet<&'a str> {
        let all = known.iter().flat_map(|state| state.0.keys());
        let keys = self
            .0
            .keys()
            .chain(all.filter(|key| !self.0.contains_key(*key)));
        let is_known = |key: &&String| known.iter().any(|one| one.0.get(*key) == self.0.get(*key));
        keys.filter(|key| !is_known(key))
            .map(String::as_str)
            .collect()
    }
}
