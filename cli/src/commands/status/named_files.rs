//! The sections of `muse status` that name files with a reason.

use std::fmt::{Display, Write as _};

use crate::repository::Head;
use crate::ui::checkout_command::checkout_command;
use crate::ui::escape::one_line;
use crate::ui::explain::rename_or_ignore;
use crate::ui::quantity::counted;
use crate::ui::standpoint::Standpoint;
use crate::worktree::{LeftOutFile, LeftOutReason, Unrecordable};

/// The files that no commit can hold, of which `shown` are named, and what to do about them;
/// nothing where there are none.
pub(super) fn unrecordable(files: &[Unrecordable], from: &Standpoint, shown: usize) -> String {
    let heading = format!("Cannot be recorded ({})", rename_or_ignore(files));
    let named = files
        .iter()
        .map(|file| (file.shown_as(&from.name(file.path())), file.reason()));
    section(&heading, named, shown)
}

/// The files that a checkout left out, of which `shown` are named, and how those are written that
/// `head` can have by now; nothing where there are none.
pub(super) fn left_out(
    files: &[LeftOutFile],
    head: &Head,
    from: &Standpoint,
    shown: usize,
) -> String {
    let is_here = |file: &LeftOutFile| file.reason == LeftOutReason::Released;
    let way_in = match files.iter().any(is_here) {
        true => format!(" (`{}` writes what is here by now)", checkout_command(head)),
        false => String::new(),
    };
    let heading = format!("Left out of the work tree, and kept in commits{way_in}");
    let named = files
        .iter()
        .map(|file| (from.quoted(&file.path), &file.reason));
    section(&heading, named, shown)
}

/// `files` with their reasons below `heading`.
fn section<P: Display, R: Display>(
    heading: &str,
    files: impl ExactSizeIterator<Item = (P, R)>,
    shown: usize,
) -> String {
    let mut text = String::new();
    let file_count = files.len();
    if file_count == 0 {
        return text;
    }
    let _ = writeln!(text, "\n{heading}: {}", counted(file_count as u64, "file"));
    for (path, reason) in files.take(shown) {
        let _ = writeln!(text, "  {path} ({})", one_line(&reason.to_string()));
    }
    let more = file_count.saturating_sub(shown);
    if more > 0 {
        let _ = writeln!(text, "  and {more} more (`muse status -v` names them all)");
    }
    text
}

#[cfg(test)]
mod tests {
    use muse_wire::name::RefName;
    use muse_wire::path::RepoPath;

    use super::*;

    fn head() -> Head {
        Head::Branch(RefName::branch("main").expect("valid"))
    }

    #[test]
    fn what_cannot_be_recorded_is_named_with_the_way_out() {
        let files = [
            Unrecordable::from(RepoPath::new("a/.muse").expect_err("not allowed")),
            Unrecordable::TooLong {
                path: "long".to_owned(),
                absolute_bytes: 4096,
            },
            Unrecordable::NotUtf8(b"caf\xe9".to_vec()),
        ];
        insta::assert_snapshot!(unrecordable(&files[..2], &Standpoint::default(), 1), @r"

        Cannot be recorded (rename them, or name them in .museignore): 2 files
          a/.muse (it has a component that is, or can pass for, the directory `.muse`)
          and 1 more (`muse status -v` names them all)
        ");
        let text = unrecordable(&files[1..], &Standpoint::default(), usize::MAX);
        assert_eq!(
            text,
            "\nCannot be recorded (rename them, or name them in .museignore, with `?` for each \
             byte that is not UTF-8): 2 files\n\
             \x20 long (too long below this directory: 4096 bytes; the system opens at most 4095)\n\
             \x20 \"caf\\351\" (it is not UTF-8)\n"
        );
        assert_eq!(unrecordable(&[], &Standpoint::default(), 1), "");
    }

    #[test]
    fn the_first_of_what_was_left_out_are_named() {
        let file = |path: &str, reason| LeftOutFile {
            path: RepoPath::new(path).expect("allowed"),
            reason,
        };
        let files = [
            file(".git/config", LeftOutReason::TakenForGit),
            file("a\nb", LeftOutReason::Unwritten),
            file("video", LeftOutReason::Withheld("order 7".to_owned())),
        ];
        let from = Standpoint::default();
        insta::assert_snapshot!(left_out(&files, &head(), &from, 2), @r#"

        Left out of the work tree, and kept in commits: 3 files
          .git/config (other programs could take it for `.git` and obey it)
          "a\nb" (the last checkout could not write it)
          and 1 more (`muse status -v` names them all)
        "#);
        insta::assert_snapshot!(left_out(&files[2..], &head(), &from, usize::MAX), @r"

        Left out of the work tree, and kept in commits: 1 file
          video (withheld by the server: order 7)
        ");
        assert_eq!(left_out(&[], &head(), &from, 2), "");
    }
}
