//! The form of `muse status` that programs read line by line. It does not change from version to
//! version, nor with colour, `-v` or the directory that the command works in.

use muse_wire::quote::quote_bytes;

use crate::status::{FileChange, Status};

/// How a line ends, and how its path is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LineEnd {
    /// A line feed; paths are quoted.
    LineFeed,
    /// A NUL; paths are as they are.
    Nul,
}

/// The letter of a change, in every form of one line for each file.
pub(super) const fn letter(change: FileChange) -> char {
    match change {
        FileChange::Added => 'A',
        FileChange::Changed => 'M',
        FileChange::Retyped => 'T',
        FileChange::Deleted => 'D',
        FileChange::Conflict => 'U',
    }
}

/// A space, a letter, a space and the path from the root for each file.
///
/// The first character is where git tells of its staging area, which there is none of.
pub(super) fn porcelain(status: &Status, end: LineEnd) -> Vec<u8> {
    let changed = status.files.iter();
    let changed = changed.map(|file| (letter(file.change), file.path.as_bytes()));
    let unrecordable = status.unrecordable.iter().map(|file| ('X', file.path()));
    let mut text = Vec::new();
    let ignored = status.ignored.iter().flatten();
    let ignored = ignored.map(|path| ('!', path.as_slice()));
    for (letter, path) in changed.chain(unrecordable).chain(ignored) {
        text.extend_from_slice(format!(" {letter} ").as_bytes());
        match end {
            LineEnd::LineFeed => {
                text.extend_from_slice(quote_bytes(path).as_bytes());
                text.push(b'\n');
            }
            LineEnd::Nul => {
                text.extend_from_slice(path);
                text.push(0);
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Silent;
    use crate::status::status;
    use crate::testing::Sandbox;

    #[test]
    fn each_file_is_a_line_of_two_characters_and_a_path() {
        let sandbox = Sandbox::new();
        for path in ["changed", "dir/gone", "mode"] {
            sandbox.write_file(path, path);
        }
        sandbox.commit();
        sandbox.write_file("changed", "other");
        sandbox.remove_file("dir/gone");
        sandbox.make_executable("mode");
        sandbox.write_file("new\nline", "");
        sandbox.write_file("dir/muse~1", "");
        let repository = &sandbox.repository;
        let config = repository.config.read().expect("readable");
        let status = status(repository, &config, &Silent).expect("readable");
        let text = |end| String::from_utf8(porcelain(&status, end)).expect("UTF-8");
        assert_eq!(
            text(LineEnd::LineFeed),
            " M changed\n D dir/gone\n T mode\n A \"new\\nline\"\n X dir/muse~1\n"
        );
        assert_eq!(
            text(LineEnd::Nul),
            " M changed\0 D dir/gone\0 T mode\0 A new\nline\0 X dir/muse~1\0"
        );
    }
}
