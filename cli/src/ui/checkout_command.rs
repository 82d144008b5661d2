//! The command that writes the files of the current commit.

use crate::repository::Head;

/// What to type to check out what `head` points to.
pub fn checkout_command(head: &Head) -> String {
    match head {
        Head::Branch(name) => format!("muse switch {}", name.short()),
        Head::Detached(commit) => format!("muse switch --detach {}", commit.short()),
    }
}
