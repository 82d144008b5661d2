//! Both names of a file that moved, in one.

use muse_wire::path::RepoPath;
use muse_wire::quote::quote;

/// As git writes it: `old => new`, with the directories that both have in common written once, as
/// in `src/{old => new}/main.rs`. Names that must be quoted are written whole.
pub(super) fn rename_text(from: &RepoPath, to: &RepoPath) -> String {
    let is_plain = |path: &RepoPath| quote(path) == path.as_str();
    if !is_plain(from) || !is_plain(to) {
        return format!("{from} => {to}");
    }
    let (from, to) = (from.as_str(), to.as_str());
    let start = common_start(from, to);
    // The slash that ends the start may begin the end, too.
    let rest = start.saturating_sub(1);
    let end = common_end(&from[rest..], &to[rest..]);
    if start + end == 0 {
        return format!("{from} => {to}");
    }
    let between = |path: &str| path[start..start.max(path.len() - end)].to_owned();
    let (before, after) = (between(from), between(to));
    let (start, end) = (&from[..start], &from[from.len() - end..]);
    format!("{start}{{{before} => {after}}}{end}")
}

/// The bytes that both begin with, up to the last slash.
fn common_start(one: &str, other: &str) -> usize {
    let pairs = one.bytes().zip(other.bytes());
    let common = pairs.take_while(|(one, other)| one == other).count();
    let slash = one.as_bytes()[..common]
        .iter()
        .rposition(|&byte| byte == b'/');
    slash.map_or(0, |at| at + 1)
}

/// The bytes that both end with, from the first slash.
fn common_end(one: &str, other: &str) -> usize {
    let pairs = one.bytes().rev().zip(other.bytes().rev());
    let common = pairs.take_while(|(one, other)| one == other).count();
    let tail = &one.as_bytes()[one.len() - common..];
    let slash = tail.iter().position(|&byte| byte == b'/');
    slash.map_or(0, |at| common - at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_both_names_share_is_written_once() {
        let text = |from: &str, to: &str| {
            let path = |path: &str| RepoPath::new(path).expect("allowed");
            rename_text(&path(from), &path(to))
        };
        assert_eq!(text("a", "b"), "a => b");
        assert_eq!(text("a.rs", "b.rs"), "a.rs => b.rs");
        assert_eq!(text("d/a.rs", "d/b.rs"), "d/{a.rs => b.rs}");
        assert_eq!(text("d/x/a", "d/y/a"), "d/{x => y}/a");
        assert_eq!(text("x/a", "y/a"), "{x => y}/a");
        assert_eq!(text("d/x/a", "d/a"), "d/{x => }/a");
        assert_eq!(text("d/a", "d/x/a"), "d/{ => x}/a");
        assert_eq!(text("a", "d/a"), "a => d/a");
        assert_eq!(text("d/ä/a", "d/ö/a"), "d/{ä => ö}/a");
        assert_eq!(text("d/a\"b", "d/b"), "\"d/a\\\"b\" => d/b");
    }
}
