//! Paths as they are called where a command works, which need not be the root of the work tree.

use std::path::Path;

use muse_wire::quote::quote_bytes;

use super::context::Context;
use crate::repository::Repository;

/// The directory that paths are named from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standpoint {
    /// Its path from the root of the work tree; empty for the root.
    directory: String,
}

impl Standpoint {
    /// Where the command works. From a directory that no path can name, paths are called as from
    /// the root.
    pub fn of(context: &Context, repository: &Repository) -> Self {
        let here = context.path_in(repository, Path::new("."));
        Self {
            directory: here.unwrap_or_default(),
        }
    }

    /// `path`, which starts at the root, as it is called from here. A directory's ends in a slash,
    /// before and after.
    pub fn name(&self, path: &[u8]) -> Vec<u8> {
        if self.directory.is_empty() {
            return path.to_vec();
        }
        let is_directory = path.ends_with(b"/");
        let path = path.strip_suffix(b"/").unwrap_or(path);
        let components: Vec<&[u8]> = path.split(|&byte| byte == b'/').collect();
        let here: Vec<&[u8]> = self.directory.split('/').map(str::as_bytes).collect();
        // A file has a name of its own, even where it was what is a directory by now.
        let most_shared = components.len() - usize::from(!is_directory);
        let pairs = components[..most_shared].iter().zip(&here);
        let shared = pairs.take_while(|(one, other)| one == other).count();
        let mut name = b"../".repeat(here.len() - shared);
        name.extend(components[shared..].join(&b'/'));
        match (name.is_empty(), is_directory && shared < components.len()) {
            (true, _) => b"./".to_vec(),
            (false, true) => [name.as_slice(), b"/"].concat(),
            (false, false) => name,
        }
    }

    /// [`Standpoint::name`], quoted as text shows paths.
    pub fn quoted(&self, path: &str) -> String {
        quote_bytes(&self.name(path.as_bytes())).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_called_as_from_where_one_stands() {
        let from = |directory: &str, path: &str| {
            let directory = directory.to_owned();
            Standpoint { directory }.quoted(path)
        };
        for (directory, path, name) in [
            ("", "a/b", "a/b"),
            ("", "a/", "a/"),
            ("a", "a/b", "b"),
            ("a", "a/b/", "b/"),
            ("a", "a/", "./"),
            ("a/b", "a/", "../"),
            ("a/b", "a/c", "../c"),
            ("a/b", "c", "../../c"),
            ("a/b", "c/", "../../c/"),
            ("a", "ab", "../ab"),
            ("a", "a", "../a"),
            ("a", "b\nc", "\"../b\\nc\""),
        ] {
            assert_eq!(from(directory, path), name, "{path} from {directory}");
        }
    }
}
