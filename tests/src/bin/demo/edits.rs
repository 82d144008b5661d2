//! The later commits: a few files edited, one added.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use muse_e2e::harness::{Item, listing};
use muse_e2e::workload::text;

/// Files that each commit edits.
const EDITED_FILES: usize = 4;

/// Makes `commits` rounds of changes and calls `commit` after each; returns how many files changed.
pub(crate) fn edit(
    work: &Path,
    commits: u64,
    mut commit: impl FnMut(&str) -> Result<(), Box<dyn Error>>,
) -> Result<u64, Box<dyn Error>> {
    let files: Vec<_> = listing(work)
        .into_iter()
        .filter(|(_, item)| matches!(item, Item::File { .. }))
        .map(|(path, _)| path)
        .collect();
    // Where the earlier rounds ended, so that two calls do not make the same file.
    let first = (0..)
        .find(|number| !work.join(added(*number)).exists())
        .unwrap_or_default();
    let mut changed = 0;
    for number in first..first + commits {
        let step = files.len().div_ceil(EDITED_FILES);
        for path in files.iter().skip(number as usize % step).step_by(step) {
            let path = work.join(path);
            let mut permissions = fs::metadata(&path)?.permissions();
            if permissions.readonly() {
                std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o644);
                fs::set_permissions(&path, permissions)?;
            }
            let mut file = fs::File::options().append(true).open(&path)?;
            writeln!(file, "// Edited in round {number}.")?;
            changed += 1;
        }
        fs::write(work.join(added(number)), text(number, 4096))?;
        changed += 1;
        commit(&format!("Round {number}"))?;
    }
    Ok(changed)
}

fn added(number: u64) -> String {
    format!("added-by-the-demo-{number}.txt")
}

/// How many different contents a work tree holds.
pub(crate) fn distinct_objects(work: &Path) -> u64 {
    let mut contents = BTreeSet::new();
    let mut links = BTreeSet::new();
    for item in listing(work).into_values() {
        match item {
            Item::File { contents: id, .. } => contents.insert(id),
            Item::Symlink(target) => links.insert(target),
        };
    }
    (contents.len() + links.len()) as u64
}
