//! Which lines of the project are longer than an editor beside a diff shows.

use std::fs;
use std::path::{Path, PathBuf};

/// The longest line, in characters.
const COLUMNS: usize = 100;

/// Directories of what no editor wrote: builds and recorded output.
const NOT_WRITTEN: &[&str] = &["target", "snapshots"];

/// File name endings of what is written line by line.
const WRITTEN: &[&str] = &["rs", "md", "toml", "sql", "run"];

/// `file:line` of every line over [`COLUMNS`], in the files at `root` and all below its crates.
pub(crate) fn too_long(root: &Path) -> Vec<String> {
    let mut files = Vec::new();
    let crates = ["cli", "server", "tests", "wire"];
    for path in entries(root) {
        if path.is_file() {
            files.push(path);
        } else if crates.iter().any(|name| path.ends_with(name)) {
            all_files(&path, &mut files);
        }
    }
    let mut found = Vec::new();
    for path in files.iter().filter(|path| has_name(path, WRITTEN)) {
        let text = fs::read_to_string(path).expect("a source is readable UTF-8");
        for (number, line) in (1_usize..).zip(text.lines()) {
            if line.chars().count() > COLUMNS {
                found.push(format!("{}:{number}", path.display()));
            }
        }
    }
    found
}

fn all_files(directory: &Path, found: &mut Vec<PathBuf>) {
    for path in entries(directory) {
        if path.is_file() {
            found.push(path);
        } else if !has_name(&path, NOT_WRITTEN) {
            all_files(&path, found);
        }
    }
}

/// Whether the last part of the path, or what follows its last dot, is one of `names`.
fn has_name(path: &Path, names: &[&str]) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let ending = name.rsplit('.').next().unwrap_or_default();
    names.contains(&name.as_ref()) || names.contains(&ending)
}

fn entries(directory: &Path) -> impl Iterator<Item = PathBuf> {
    fs::read_dir(directory)
        .expect("a source directory can be listed")
        .map(|entry| entry.expect("a source directory can be listed").path())
}
