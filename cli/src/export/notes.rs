//! What imported commits note of their trees in git: submodules, and modes.

use gix::objs::tree::EntryMode;
use muse_wire::commit::Commit;
use muse_wire::id::CommitId;
use muse_wire::quote::unquote;

use super::error::ExportError;
use crate::git::{GIT_SUBMODULES, modes};

/// The path of a submodule, and its commit; none if it is gone.
type NotedSubmodule = (Vec<u8>, Option<gix::ObjectId>);

/// The submodules that `commit` changed, by their paths.
pub(super) fn submodules(
    id: &CommitId,
    commit: &Commit,
) -> Result<Vec<NotedSubmodule>, ExportError> {
    let note = commit.metadata.get(GIT_SUBMODULES);
    parse_lines(id, note.map_or("", String::as_str), submodule)
}

/// The modes that `commit` notes, by their paths.
pub(super) fn noted_modes(
    id: &CommitId,
    commit: &Commit,
) -> Result<Vec<(Vec<u8>, EntryMode)>, ExportError> {
    parse_lines(id, &modes(&commit.metadata), mode)
}

fn parse_lines<T>(
    commit: &CommitId,
    lines: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<Vec<T>, ExportError> {
    let malformed = |line: &str| ExportError::Note {
        commit: *commit,
        line: line.to_owned(),
    };
    let lines = lines.lines();
    lines
        .map(|line| parse(line).ok_or_else(|| malformed(line)))
        .collect()
}

/// The path and the commit in a line such as `PATH COMMIT`; `-` is none.
fn submodule(line: &str) -> Option<NotedSubmodule> {
    let (path, target) = line.rsplit_once(' ')?;
    let target = match target {
        "-" => None,
        hex => Some(gix::ObjectId::from_hex(hex.as_bytes()).ok()?),
    };
    Some((unquote(path)?, target))
}

/// The path and the mode in a line such as `MODE PATH`.
fn mode(line: &str) -> Option<(Vec<u8>, EntryMode)> {
    let (mode, path) = line.split_once(' ')?;
    Some((unquote(path)?, EntryMode::from_bytes(mode.as_bytes())?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_a_path_and_a_commit() {
        let hex = "1234567890123456789012345678901234567890";
        let id = gix::ObjectId::from_hex(hex.as_bytes()).expect("an id");
        let path = |text: &str| text.as_bytes().to_vec();
        assert_eq!(
            submodule(&format!("a b {hex}")),
            Some((path("a b"), Some(id)))
        );
        assert_eq!(submodule("\"a\\nb\" -"), Some((path("a\nb"), None)));
        for malformed in ["", "a", "a 12", "\"a -"] {
            assert_eq!(submodule(malformed), None, "{malformed}");
        }
    }

    #[test]
    fn a_line_names_a_mode_and_a_path() {
        for octal in ["100664", "040000", "100644"] {
            let (path, mode) = mode(&format!("{octal} a b")).expect("well-formed");
            assert_eq!(path, b"a b");
            assert_eq!(mode.as_bytes(&mut [0; 6]), octal);
        }
        for malformed in ["", "100644", "x a", "100664 \"a"] {
            assert_eq!(mode(malformed), None, "{malformed}");
        }
    }
}
