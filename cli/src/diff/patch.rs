//! A whole file's difference with git's extended headers.

use std::io::{self, Write};

use muse_wire::snapshot::EntryKind;

use super::hunks::LineDiff;
use super::{Difference, Side};
use crate::ui::palette::Palette;

/// Writes one file's difference. A link that became a file, or the other way round, is written as a removal
/// and an addition, as git does.
///
/// # Errors
/// Where `out` cannot be written.
pub fn write_patch(
    out: &mut dyn Write,
    palette: &Palette,
    difference: &Difference,
) -> io::Result<()> {
    if let (Some(before), Some(after)) = (&difference.before, &difference.after)
        && (before.kind == EntryKind::Symlink) != (after.kind == EntryKind::Symlink)
    {
        for (before, after) in [(Some(before), None), (None, Some(after))] {
            let half = Difference {
                path: difference.path.clone(),
                before: before.cloned(),
                after: after.cloned(),
            };
            write_one(out, palette, &half)?;
        }
        return Ok(());
    }
    write_one(out, palette, difference)
}

fn write_one(out: &mut dyn Write, palette: &Palette, difference: &Difference) -> io::Result<()> {
    let old_name = quote(&format!("a/{}", difference.path));
    let new_name = quote(&format!("b/{}", difference.path));
    let style = palette.heading;
    let mut heading = |text: String| writeln!(out, "{style}{text}{style:#}");
    heading(format!("diff --git {old_name} {new_name}"))?;
    match (&difference.before, &difference.after) {
        (None, None) => return Ok(()),
        (None, Some(after)) => heading(format!("new file mode {}", mode(after.kind)))?,
        (Some(before), None) => heading(format!("deleted file mode {}", mode(before.kind)))?,
        (Some(before), Some(after)) if before.kind != after.kind => {
            heading(format!("old mode {}", mode(before.kind)))?;
            heading(format!("new mode {}", mode(after.kind)))?;
        }
        _ => {}
    }
    let id = |side: &Option<Side>| {
        side.as_ref()
            .map_or_else(|| "0".repeat(10), |side| side.object.short())
    };
    let (old_id, new_id) = (id(&difference.before), id(&difference.after));
    if old_id == new_id {
        return Ok(());
    }
    let unchanged_mode = match (&difference.before, &difference.after) {
        (Some(before), Some(after)) if before.kind == after.kind => {
            format!(" {}", mode(after.kind))
        }
        _ => String::new(),
    };
    heading(format!("index {old_id}..{new_id}{unchanged_mode}"))?;
    let name = |there: bool, name: &str| {
        if there {
            // A tab ends a name that has a space in it.
            let tab = if name.contains(' ') { "\t" } else { "" };
            format!("{name}{tab}")
        } else {
            "/dev/null".to_owned()
        }
    };
    let Some((before, after)) = difference.texts() else {
        let old_name = name(difference.before.is_some(), &old_name);
        let new_name = name(difference.after.is_some(), &new_name);
        return writeln!(
            out,
            "Binary files {} and {} differ",
            old_name.trim_end(),
            new_name.trim_end()
        );
    };
    let lines = LineDiff::new(before, after);
    if lines.added() + lines.removed() == 0 {
        return Ok(());
    }
    heading(format!(
        "--- {}",
        name(difference.before.is_some(), &old_name)
    ))?;
    heading(format!(
        "+++ {}",
        name(difference.after.is_some(), &new_name)
    ))?;
    lines.write(out, palette)
}

/// The mode as git writes it.
fn mode(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::File => "100644",
        EntryKind::Executable => "100755",
        EntryKind::Symlink => "120000",
    }
}

/// Quotes a name the way git reads it; paths hold neither control characters nor backslashes.
fn quote(name: &str) -> String {
    if name.contains('"') {
        format!("\"{}\"", name.replace('"', "\\\""))
    } else {
        name.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use muse_wire::id::ObjectId;
    use muse_wire::path::RepoPath;

    use super::*;

    fn side(kind: EntryKind, contents: &[u8]) -> Option<Side> {
        Some(Side {
            kind,
            object: ObjectId::of(contents),
            contents: Some(contents.to_vec()),
        })
    }

    fn patch(path: &str, before: Option<Side>, after: Option<Side>) -> String {
        let mut out = Vec::new();
        let difference = Difference {
            path: RepoPath::new(path).expect("an allowed path"),
            before,
            after,
        };
        write_patch(&mut out, &Palette::new(false), &difference).expect("memory takes everything");
        String::from_utf8(out).expect("text in, text out")
    }

    #[test]
    fn a_new_executable() {
        insta::assert_snapshot!(patch("a b", None, side(EntryKind::Executable, b"x\n")).replace('\t', "<tab>"), @r"
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
            side(EntryKind::File, b"x\n"),
            side(EntryKind::Executable, b"x\n"),
        );
        insta::assert_snapshot!(patch("run", before, after), @r"
        diff --git a/run b/run
        old mode 100644
        new mode 100755
        ");
    }

    #[test]
    fn a_file_that_becomes_a_link_is_removed_and_added() {
        let text = patch(
            "x",
            side(EntryKind::File, b"text\n"),
            side(EntryKind::Symlink, b"to"),
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
    fn binary_files_are_named() {
        let text = patch(
            "x",
            side(EntryKind::File, b"a\0"),
            side(EntryKind::File, b"b\0"),
        );
        assert!(
            text.ends_with("Binary files a/x and b/x differ\n"),
            "{text}"
        );
    }
}
