//! Names that some systems cannot hold, or take for others: a commit records them, and warns.

use std::collections::BTreeMap;

use muse_wire::path::RepoPath;
use muse_wire::quote::quote;
use muse_wire::snapshot::{Change, Tree};

use super::twins::twins;

/// How many paths a warning names.
const MAX_NAMED: usize = 10;

/// One warning of all paths that `changes` add to `before` and that cannot be checked out on every
/// system; none if there are none. `after` is what the changes lead to.
pub(super) fn warning(before: &Tree, after: &Tree, changes: &[Change]) -> Option<String> {
    let new = changes
        .iter()
        .filter(|change| change.entry.is_some() && before.get(&change.path).is_none());
    let new: Vec<&RepoPath> = new.map(|change| &change.path).collect();
    if new.is_empty() {
        return None;
    }
    let twins = twin_names(after);
    let risks: Vec<_> = new
        .into_iter()
        .filter_map(|path| Some((path, risk(path, &twins)?)))
        .collect();
    let named = risks.iter().take(MAX_NAMED);
    let named: Vec<_> = named
        .map(|(path, risk)| format!("{path} ({risk})"))
        .collect();
    let what = match risks.len() {
        0 => return None,
        1 => "1 new path".to_owned(),
        count => format!("{count} new paths"),
    };
    let more = match risks.len() - named.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Some(format!(
        "{what} cannot be checked out on every system: {}{more}",
        named.join(", ")
    ))
}

/// Each name that has a twin, with the first of its twins.
fn twin_names(tree: &Tree) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    for twins in twins(tree) {
        for name in &twins.names {
            let other = twins.names.iter().find(|other| *other != name);
            let path = |name: &str| format!("{}{name}", twins.directory);
            names.extend(other.map(|other| (path(name), path(other))));
        }
    }
    names
}

/// Why `path` is a risk; none if it is not.
fn risk(path: &RepoPath, twins: &BTreeMap<String, String>) -> Option<String> {
    if let Some(risk) = path.components().find_map(risk_of_name) {
        return Some(risk);
    }
    let above = path.match_indices('/').map(|(at, _)| &path[..at]);
    let other = above
        .chain([path.as_str()])
        .find_map(|name| twins.get(name));
    other.map(|other| format!("like {} but for case or normalisation", quote(other)))
}

fn risk_of_name(name: &str) -> Option<String> {
    let is_special = |c: char| matches!(c, '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|');
    if name.contains(char::is_control) {
        return Some("a control character".to_owned());
    }
    if let Some(special) = name.chars().find(|&c| is_special(c)) {
        return Some(format!("`{special}` in a name"));
    }
    if name.ends_with('.') {
        return Some("a dot at the end of a name".to_owned());
    }
    if name.ends_with(' ') {
        return Some("a space at the end of a name".to_owned());
    }
    is_windows_device(name).then(|| "a device on Windows".to_owned())
}

/// Whether Windows opens a device instead of a file: the stem counts, whatever the extension.
fn is_windows_device(name: &str) -> bool {
    let stem = name
        .split('.')
        .next()
        .unwrap_or_default()
        .trim_end_matches(' ');
    let upper = stem.to_ascii_uppercase();
    if matches!(
        upper.as_str(),
        "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$"
    ) {
        return true;
    }
    let digit = upper
        .strip_prefix("COM")
        .or_else(|| upper.strip_prefix("LPT"));
    digit.is_some_and(|digit| {
        matches!(
            digit,
            "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "¹" | "²" | "³"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sandbox;

    fn warnings(sandbox: &Sandbox) -> Vec<String> {
        sandbox.try_commit().expect("something to commit").warnings
    }

    #[test]
    fn every_risk_of_a_name_is_told_apart() {
        for (name, risk) in [
            ("a\nb", "a control character"),
            ("a\u{85}", "a control character"),
            ("a\\b", "`\\` in a name"),
            ("c:x", "`:` in a name"),
            ("what?", "`?` in a name"),
            ("say \"x\"", "`\"` in a name"),
            ("a.", "a dot at the end of a name"),
            ("a ", "a space at the end of a name"),
            ("nul", "a device on Windows"),
            ("Aux.c", "a device on Windows"),
            ("LPT9", "a device on Windows"),
            ("com1 .tar.gz", "a device on Windows"),
            ("COM²", "a device on Windows"),
            ("conin$", "a device on Windows"),
        ] {
            assert_eq!(risk_of_name(name).as_deref(), Some(risk), "{name:?}");
        }
        for name in [
            "com10", "com0", "consent", "null", "a b", "ü", "xaux", ".git~", "lpt",
        ] {
            assert_eq!(risk_of_name(name), None, "{name}");
        }
    }

    #[test]
    fn a_commit_warns_once_and_of_new_paths_alone() {
        let sandbox = Sandbox::new();
        sandbox.write_file("README", "one");
        sandbox.write_file("t/t5100/nul", "two");
        sandbox.write_file("a\\b", "three");
        assert_eq!(
            warnings(&sandbox),
            [
                "2 new paths cannot be checked out on every system: \"a\\\\b\" (`\\` in a name), \
                 t/t5100/nul (a device on Windows)"
            ]
        );
        sandbox.write_file("t/t5100/nul", "changed");
        sandbox.write_file("fine", "new");
        assert_eq!(warnings(&sandbox), [""; 0]);
        sandbox.write_file("readme", "a twin of what is there");
        assert_eq!(
            warnings(&sandbox),
            [
                "1 new path cannot be checked out on every system: readme (like README but for \
                 case or normalisation)"
            ]
        );
        sandbox.remove_file("readme");
        assert_eq!(warnings(&sandbox), [""; 0]);
        sandbox.write_file("T/new", "its directory is a twin");
        assert_eq!(
            warnings(&sandbox),
            [
                "1 new path cannot be checked out on every system: T/new (like t but for case or \
                 normalisation)"
            ]
        );
    }

    #[test]
    fn ten_are_named_and_the_others_counted() {
        let sandbox = Sandbox::new();
        for number in 0..12 {
            sandbox.write_file(&format!("{number:02}:"), "x");
        }
        let warnings = warnings(&sandbox);
        assert_eq!(warnings.len(), 1);
        assert!(warnings[0].starts_with("12 new paths"), "{warnings:?}");
        assert!(
            warnings[0].ends_with("09: (`:` in a name) and 2 more"),
            "{warnings:?}"
        );
    }
}
