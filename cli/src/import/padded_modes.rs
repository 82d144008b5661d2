//! Directories whose modes some programs have written with a zero before them.
//!
//! A comparison of trees stops at directories that hold the same, and does not tell where only the
//! form of the mode differs.

use gix::bstr::BString;
use gix::objs::tree::EntryMode;
use gix::objs::{Find, FindExt as _, TreeRefIter};
use muse_wire::quote::quote_bytes;

/// Adds a line `MODE PATH` to `lines` for each directory below `directory` that holds what it held
/// before and whose mode has another form. `before` and `after` are the trees of `directory`, whose
/// path ends with a slash unless it is empty.
pub(super) fn note(
    objects: &impl Find,
    before: gix::ObjectId,
    after: gix::ObjectId,
    directory: &BString,
    lines: &mut String,
) -> gix::Result<()> {
    let before = directories(objects, before)?;
    for (name, mode, id) in directories(objects, after)? {
        let Some((_, mode_before, id_before)) = before.iter().find(|(old, ..)| *old == name) else {
            continue;
        };
        let mut path = directory.clone();
        path.extend_from_slice(&name);
        if *id_before != id {
            path.push(b'/');
            note(objects, *id_before, id, &path, lines)?;
        } else if *mode_before != mode {
            let octal = mode.as_bytes(&mut [0; 6]).to_string();
            lines.push_str(&format!("{octal} {}\n", quote_bytes(&path)));
        }
    }
    Ok(())
}

/// The directories in a tree.
fn directories(
    objects: &impl Find,
    tree: gix::ObjectId,
) -> gix::Result<Vec<(BString, EntryMode, gix::ObjectId)>> {
    let mut buffer = Vec::new();
    let entries: TreeRefIter<'_> = objects.find_tree_iter(&tree, &mut buffer)?;
    let mut directories = Vec::new();
    for entry in entries {
        let entry = entry?;
        if entry.mode.is_tree() {
            directories.push((entry.filename.to_owned(), entry.mode, entry.oid.to_owned()));
        }
    }
    Ok(directories)
}
