//! The exit codes as README.md lists them.

use std::fs;
use std::path::Path;

/// The line above the table.
const HEADING: &str = "Exit codes:";

/// Each exit code with its meaning, ascending.
pub(crate) fn exit_codes() -> Vec<(u8, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let readme = fs::read_to_string(path).expect("the project has one");
    let (_, rest) = readme.split_once(HEADING).expect("it lists exit codes");
    let rows = rest
        .trim_start()
        .lines()
        .take_while(|line| line.starts_with('|'));
    let codes = rows.filter_map(|row| {
        let (code, meaning) = row.trim_matches('|').split_once('|')?;
        Some((code.trim().parse().ok()?, meaning.trim().to_owned()))
    });
    codes.collect()
}
