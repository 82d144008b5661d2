//! Appending to the reflog.
//!
//! A record comes before the refs move, so that no move is without one. Whoever dies in between
//! leaves a record of what never happened, and a full disk may cut one off: both go before the next
//! record comes.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use super::durable::{self, Durability};
use super::error::{RepositoryError, Result};
use super::reflog::{Operation, Reflog};

/// A longer record is taken for one that has happened.
const MAX_LOOKED_AT_BYTES: u64 = 4 * 1024 * 1024;

/// A record that was appended.
pub(super) struct Appended {
    file: File,
    /// Where it begins.
    start: u64,
}

impl Appended {
    /// Removes it again: what it says did not happen.
    pub(super) fn take_back(self) {
        // If that fails, it is passed over as that of a process that died.
        let _ = self.file.set_len(self.start);
    }
}

/// Appends an operation; `has_happened` is asked of the one before it.
pub(super) fn append(
    path: &Path,
    operation: &Operation,
    has_happened: impl Fn(&Operation) -> bool,
) -> Result<Appended> {
    let mut line = serde_json::to_string(operation).expect("every operation can be written");
    line.push('\n');
    let written = (|| {
        let mut options = File::options();
        let mut file = options
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(path)?;
        let start = end_of_history(&mut file, has_happened)?;
        let mut appended = Appended { file, start };
        appended.file.set_len(start)?;
        appended.file.seek(SeekFrom::Start(start))?;
        match appended.file.write_all(line.as_bytes()) {
            Ok(()) => Ok(appended),
            Err(error) => {
                appended.take_back();
                Err(error)
            }
        }
    })();
    written.map_err(RepositoryError::writing(path))
}

/// Where the last record ends that is whole and has happened.
fn end_of_history(
    file: &mut File,
    has_happened: impl Fn(&Operation) -> bool,
) -> std::io::Result<u64> {
    let length = file.seek(SeekFrom::End(0))?;
    let from = length.saturating_sub(MAX_LOOKED_AT_BYTES);
    file.seek(SeekFrom::Start(from))?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail)?;
    let newline = |bytes: &[u8]| bytes.iter().rposition(|byte| *byte == b'\n');
    let Some(end) = newline(&tail).map(|at| at + 1) else {
        // Nothing but a part of a line.
        return Ok(if from == 0 { 0 } else { length });
    };
    let start = newline(&tail[..end - 1]).map_or(0, |at| at + 1);
    let last = serde_json::from_slice(&tail[start..end]);
    let is_past = last.map_or(true, |operation| has_happened(&operation));
    let kept = if is_past { end } else { start };
    Ok(from + kept as u64)
}

/// Writes the reflog anew without the lines that cannot be understood.
pub(super) fn drop_damaged_lines(path: &Path, temporary: &Path) -> Result<()> {
    let reflog = Reflog::read(path)?;
    let text: String = reflog
        .sound_lines()
        .map(|line| format!("{line}\n"))
        .collect();
    durable::replace(path, text.as_bytes(), temporary, Durability::Synced)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use muse_wire::id::CommitId;
    use muse_wire::name::RefName;

    use crate::repository::{Expected, RefEdit, Repository, RepositoryError};
    use crate::testing::Sandbox;

    /// Two commits, each with a branch.
    fn sandbox() -> (Sandbox, CommitId) {
        let sandbox = Sandbox::new();
        sandbox.write_file("a", "one");
        let one = sandbox.commit();
        sandbox.set_ref("refs/heads/one", one);
        (sandbox, one)
    }

    fn edit(name: &str, new: Option<CommitId>) -> RefEdit {
        RefEdit {
            name: RefName::new(name).expect("valid"),
            expected: Expected::Any,
            new,
        }
    }

    /// What was moved, newest first.
    fn moved(repository: &Repository) -> Vec<String> {
        let reflog = repository.refs.reflog().expect("readable");
        let operations = reflog.operations();
        let names = operations.flat_map(|operation| operation.moves);
        names.map(|moved| moved.name.short().to_owned()).collect()
    }

    #[test]
    fn a_line_that_is_cut_off_goes_with_the_next_one() {
        let (sandbox, one) = sandbox();
        let path = &sandbox.repository.layout.reflog;
        let whole = fs::read(path).expect("written");
        let last = moved(&sandbox.repository);
        assert_eq!(last, ["one", "main"]);
        sandbox.set_ref("refs/heads/two", one);
        let longer = fs::read(path).expect("written");
        for end in whole.len()..longer.len() - 1 {
            fs::write(path, &longer[..end]).expect("writable");
            let reflog = sandbox.repository.refs.reflog().expect("readable");
            reflog.check().expect("cut off, not damaged");
            sandbox.set_ref("refs/heads/three", one);
            assert_eq!(moved(&sandbox.repository)[0], "three", "{end}");
            let mut locked = sandbox.repository.lock().expect("free");
            let gone = edit("refs/heads/three", None);
            locked.update_refs(&[gone], "test").expect("removed");
        }
    }

    #[test]
    fn what_never_happened_is_no_operation() {
        let (sandbox, one) = sandbox();
        let path = &sandbox.repository.layout.reflog;
        sandbox.set_ref("refs/heads/two", one);
        let reflog = fs::read_to_string(path).expect("written");
        // As if a process had died before this one moved.
        let never = reflog
            .lines()
            .last()
            .expect("three")
            .replace("two", "never");
        fs::write(path, format!("{reflog}{never}\n")).expect("writable");
        assert_eq!(moved(&sandbox.repository), ["two", "one", "main"]);
        sandbox.set_ref("refs/heads/three", one);
        assert_eq!(moved(&sandbox.repository), ["three", "two", "one", "main"]);
        let text = fs::read_to_string(path).expect("written");
        assert!(!text.contains("never"));
    }

    #[test]
    fn what_cannot_be_written_leaves_no_record() {
        let (sandbox, one) = sandbox();
        let layout = &sandbox.repository.layout;
        let before = fs::read(&layout.reflog).expect("written");
        let mut locked = sandbox.repository.lock().expect("free");
        fs::remove_dir_all(&layout.temporary).expect("there");
        locked
            .update_refs(&[edit("refs/heads/two", Some(one))], "test")
            .expect_err("refs need a temporary file");
        assert_eq!(fs::read(&layout.reflog).expect("there"), before);
    }

    #[test]
    fn damaged_lines_are_named_and_can_be_dropped() {
        let (sandbox, _) = sandbox();
        let path = &sandbox.repository.layout.reflog;
        let reflog = fs::read_to_string(path).expect("written");
        fs::write(path, format!("no line\n{reflog}")).expect("writable");
        let check = || sandbox.repository.refs.reflog().expect("readable").check();
        assert!(matches!(check(), Err(RepositoryError::Damaged { .. })));
        let mut locked = sandbox.repository.lock().expect("free");
        locked.drop_damaged_reflog_lines().expect("writable");
        check().expect("sound");
        assert_eq!(fs::read_to_string(path).expect("there"), reflog);
    }
}
