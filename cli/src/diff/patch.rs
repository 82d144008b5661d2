//! A file's diff with git's extended headers.

use std::io;

use muse_wire::quote::quote;
use muse_wire::snapshot::EntryKind;

use super::changes::RenamedFrom;
use super::file_diff::{FileDiff, FileVersion, VersionSide};
use super::line_kind::{LineKind, PatchSink};
use super::lines::LineDiff;
use super::options::LineOptions;

/// Lines added to and removed from one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineCounts {
    /// Lines that only the new version has.
    pub added: u32,
    /// Lines that only the old version has.
    pub removed: u32,
}

/// What can be said of the changed lines of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangedLines {
    /// This many.
    Counted(LineCounts),
    /// It is binary, or too large to be shown.
    Binary,
    /// The server withholds a version of it.
    Withheld,
}

/// Counts a file's changed lines.
pub fn count_lines(diff: &FileDiff, options: LineOptions) -> ChangedLines {
    if diff.withheld().next().is_some() {
        return ChangedLines::Withheld;
    }
    let Some((before, after)) = diff.texts() else {
        return ChangedLines::Binary;
    };
    let lines = LineDiff::new(before, after, options);
    ChangedLines::Counted(LineCounts {
        added: lines.added(),
        removed: lines.removed(),
    })
}

/// Writes one file's diff. A link that became a file, or the other way round, is written as a
/// removal and an addition, as git does.
///
/// # Errors
/// If `sink` fails.
pub fn write_patch(
    diff: &FileDiff,
    options: LineOptions,
    sink: &mut PatchSink<'_>,
) -> io::Result<()> {
    if let (Some(before), Some(after)) = (&diff.before, &diff.after)
        && (before.kind == EntryKind::Symlink) != (after.kind == EntryKind::Symlink)
    {
        for (before, after) in [(Some(before), None), (None, Some(after))] {
            let half = FileDiff {
                path: diff.path.clone(),
                renamed_from: None,
                before: before.cloned(),
                after: after.cloned(),
            };
            write_one(&half, options, sink)?;
        }
        return Ok(());
    }
    write_one(diff, options, sink)
}

fn write_one(diff: &FileDiff, options: LineOptions, sink: &mut PatchSink<'_>) -> io::Result<()> {
    if options.ignore_white_space && differs_in_white_space_alone(diff) {
        return Ok(());
    }
    let renamed_from = diff.renamed_from.as_ref();
    let old_path = renamed_from.map_or(&diff.path, |from| &from.path);
    let old_name = format!("a/{}", old_path.as_str());
    let new_name = format!("b/{}", diff.path.as_str());
    let (old_name, new_name) = (quote(&old_name), quote(&new_name));
    let mut heading = |text: String| sink(LineKind::Heading, text.as_bytes());
    heading(format!("diff --git {old_name} {new_name}"))?;
    match (&diff.before, &diff.after) {
        (None, None) => return Ok(()),
        (None, Some(after)) => heading(format!("new file mode {}", mode(after.kind)))?,
        (Some(before), None) => heading(format!("deleted file mode {}", mode(before.kind)))?,
        (Some(before), Some(after)) if before.kind != after.kind => {
            heading(format!("old mode {}", mode(before.kind)))?;
            heading(format!("new mode {}", mode(after.kind)))?;
        }
        _ => {}
    }
    if let Some(RenamedFrom { path, similarity }) = renamed_from {
        heading(format!("similarity index {similarity}%"))?;
        heading(format!("rename from {path}"))?;
        heading(format!("rename to {}", diff.path))?;
    }
    let id = |version: &Option<FileVersion>| {
        version
            .as_ref()
            .map_or_else(|| "0".repeat(10), |version| version.object.short())
    };
    let (old_id, new_id) = (id(&diff.before), id(&diff.after));
    if old_id == new_id {
        return Ok(());
    }
    let unchanged_mode = match (&diff.before, &diff.after) {
        (Some(before), Some(after)) if before.kind == after.kind => {
            format!(" {}", mode(after.kind))
        }
        _ => String::new(),
    };
    heading(format!("index {old_id}..{new_id}{unchanged_mode}"))?;
    let notes: Vec<String> = diff
        .withheld()
        .map(|(side, reason)| {
            let name = match side {
                VersionSide::Old => &old_name,
                VersionSide::New => &new_name,
            };
            // Quoted, so that a reason of several lines cannot pass for lines of the patch.
            let reason = quote(reason);
            format!("The contents of {name} are withheld by the server: {reason}")
        })
        .collect();
    if !notes.is_empty() {
        let mut notes = notes.iter();
        return notes.try_for_each(|note| sink(LineKind::Note, note.as_bytes()));
    }
    let name = |there: bool, name: &str| {
        if there {
            // A tab ends a name that has a space in it.
            let tab = if name.contains(' ') { "\t" } else { "" };
            format!("{name}{tab}")
        } else {
            "/dev/null".to_owned()
        }
    };
    let Some((before, after)) = diff.texts() else {
        let old_name = name(diff.before.is_some(), &old_name);
        let new_name = name(diff.after.is_some(), &new_name);
        let (old_name, new_name) = (old_name.trim_end(), new_name.trim_end());
        let note = format!("Binary files {old_name} and {new_name} differ");
        return sink(LineKind::Note, note.as_bytes());
    };
    let lines = LineDiff::new(before, after, options);
    if lines.added() + lines.removed() == 0 {
        return Ok(());
    }
    heading(format!("--- {}", name(diff.before.is_some(), &old_name)))?;
    heading(format!("+++ {}", name(diff.after.is_some(), &new_name)))?;
    lines.write(sink)
}

/// Whether nothing is left of the difference where white space does not count.
fn differs_in_white_space_alone(diff: &FileDiff) -> bool {
    let (Some(before), Some(after)) = (&diff.before, &diff.after) else {
        return false;
    };
    let ignoring = LineOptions {
        ignore_white_space: true,
        ..LineOptions::default()
    };
    diff.renamed_from.is_none()
        && before.kind == after.kind
        && matches!(
            count_lines(diff, ignoring),
            ChangedLines::Counted(LineCounts {
                added: 0,
                removed: 0
            })
        )
}

/// The mode as git writes it.
fn mode(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::File => "100644",
        EntryKind::Executable => "100755",
        EntryKind::Symlink => "120000",
    }
}

#[cfg(test)]
mod tests {
    use muse_wire::id::ObjectId;
    use muse_wire::path::RepoPath;

    use super::*;
    use crate::diff::Contents;

    fn version(kind: EntryKind, bytes: &[u8]) -> Option<FileVersion> {
        Some(FileVersion {
            kind,
            object: ObjectId::of(bytes),
            contents: Contents::Bytes(bytes.to_vec()),
        })
    }

    fn patch(path: &str, before: Option<FileVersion>, after: Option<FileVersion>) -> String {
        let diff = FileDiff {
            path: RepoPath::new(path).expect("an allowed path"),
            renamed_from: None,
            before,
            after,
        };
        written(&diff, LineOptions::default())
    }

    fn rename(from: &str, to: &str, before: Option<FileVersion>, after: &[u8]) -> FileDiff {
        FileDiff {
            path: RepoPath::new(to).expect("an allowed path"),
            renamed_from: Some(RenamedFrom {
                path: RepoPath::new(from).expect("an allowed path"),
                similarity: 60,
            }),
            before,
            after: version(EntryKind::File, after),
        }
    }

    fn written(diff: &FileDiff, options: LineOptions) -> String {
        let mut out = Vec::new();
        write_patch(diff, options, &mut |kind, text| {
            kind.write_plain(&mut out, text)
        })
        .expect("memory takes everything");
        String::from_utf8(out).expect("text in, text out")
    }

    #[test]
    fn a_new_executable() {
        let text = patch("a b", None, version(EntryKind::Executable, b"x\n"));
        insta::assert_snapshot!(text.replace('\t', "<tab>"), @r"
        diff --git a/a b b/a b
        new file mode 100755
        index 0000000000..73cb3858a6
        --- /dev/null
        +++ b/a b<tab>
        @@ -0,0 +1 @@
        +x
        ");
    }

    #[test]
    fn a_mode_alone() {
        let (before, after) = (
            version(EntryKind::File, b"x\n"),
            version(EntryKind::Executable, b"x\n"),
        );
        insta::assert_snapshot!(patch("run", before, after), @r"
        diff --git a/run b/run
        old mode 100644
        new mode 100755
        ");
    }

    #[test]
    fn a_renamed_file_has_both_names() {
        let before = version(EntryKind::Executable, b"x\ny\n");
        let diff = rename("old name", "d/n\u{200b}", before, b"x\nz\n");
        let text = written(&diff, LineOptions::default());
        insta::assert_snapshot!(text.replace('\t', "<tab>"), @r#"
        diff --git a/old name "b/d/n\342\200\213"
        old mode 100755
        new mode 100644
        similarity index 60%
        rename from old name
        rename to "d/n\342\200\213"
        index 09834d4880..8b0451450f
        --- a/old name<tab>
        +++ "b/d/n\342\200\213"
        @@ -1,2 +1,2 @@
         x
        -y
        +z
        "#);
    }

    #[test]
    fn a_rename_is_shown_where_nothing_else_changed() {
        let before = || version(EntryKind::File, b"x\n");
        let same = rename("a", "b", before(), b"x\n");
        insta::assert_snapshot!(written(&same, LineOptions::default()), @r"
        diff --git a/a b/b
        similarity index 60%
        rename from a
        rename to b
        ");
        let indented = rename("a", "b", before(), b" x\n");
        let options = LineOptions {
            ignore_white_space: true,
            ..LineOptions::default()
        };
        insta::assert_snapshot!(written(&indented, options), @r"
        diff --git a/a b/b
        similarity index 60%
        rename from a
        rename to b
        index 73cb3858a6..f41a06967e 100644
        ");
    }

    #[test]
    fn a_file_that_becomes_a_link_is_removed_and_added() {
        let text = patch(
            "x",
            version(EntryKind::File, b"text\n"),
            version(EntryKind::Symlink, b"to"),
        );
        insta::assert_snapshot!(text, @r"
        diff --git a/x b/x
        deleted file mode 100644
        index b9e68e1bea..0000000000
        --- a/x
        +++ /dev/null
        @@ -1 +0,0 @@
        -text
        diff --git a/x b/x
        new file mode 120000
        index 0000000000..663ea1bfff
        --- /dev/null
        +++ b/x
        @@ -0,0 +1 @@
        +to
        \ No newline at end of file
        ");
    }

    #[test]
    fn what_is_withheld_is_not_called_binary() {
        let withheld = |object: &[u8], reason: &str| {
            version(EntryKind::File, object).map(|version| FileVersion {
                contents: Contents::Withheld(reason.to_owned()),
                ..version
            })
        };
        let text = patch(
            "x",
            version(EntryKind::File, b"a\n"),
            withheld(b"b", "order 7"),
        );
        insta::assert_snapshot!(text, @r"
        diff --git a/x b/x
        index 87428fc522..3e23e81600 100644
        The contents of b/x are withheld by the server: order 7
        ");
        let text = patch("x", withheld(b"b", "no\n+more"), None);
        assert!(
            text.ends_with("a/x are withheld by the server: \"no\\n+more\"\n"),
            "{text}"
        );
    }

    #[test]
    fn binary_files_are_named() {
        let text = patch(
            "x",
            version(EntryKind::File, b"a\0"),
            version(EntryKind::File, b"b\0"),
        );
        assert!(
            text.ends_with("Binary files a/x and b/x differ\n"),
            "{text}"
        );
    }
}
