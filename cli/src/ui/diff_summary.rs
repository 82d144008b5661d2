//! How much changed in which file: `--stat`.

use std::fmt::Write as _;

use super::palette::Palette;
use super::quantity::counted;
use crate::diff::{ChangedLines, LineCounts};

/// Widest bar of `+` and `-`.
const BAR_WIDTH: usize = 40;

/// Widest name; a longer one loses its start.
const NAME_WIDTH: usize = 60;

/// One line a file with a bar, and a line with the sums.
pub(super) fn summary(palette: &Palette, files: &[(String, ChangedLines)]) -> String {
    let mut out = String::new();
    if files.is_empty() {
        return out;
    }
    let names: Vec<String> = files.iter().map(|(name, _)| shorten(name)).collect();
    let name_width = names
        .iter()
        .map(|name| name.chars().count())
        .max()
        .unwrap_or(0);
    let totals = files.iter().filter_map(|(_, lines)| match lines {
        ChangedLines::Counted(counts) => Some(*counts),
        ChangedLines::Binary | ChangedLines::Withheld => None,
    });
    let most = totals
        .clone()
        .map(|counts| counts.added as usize + counts.removed as usize)
        .max()
        .unwrap_or(0);
    let count_width = most.to_string().len().max("bin".len());
    let scaled = |lines: u32| {
        let lines = lines as usize;
        if most <= BAR_WIDTH {
            lines
        } else {
            (lines * BAR_WIDTH).div_ceil(most)
        }
    };
    for (name, (_, lines)) in names.iter().zip(files) {
        let padding = " ".repeat(name_width - name.chars().count());
        match lines {
            ChangedLines::Withheld => {
                let _ = writeln!(out, " {name}{padding} | withheld");
            }
            ChangedLines::Binary => {
                let _ = writeln!(out, " {name}{padding} | {:>count_width$}", "bin");
            }
            ChangedLines::Counted(LineCounts { added, removed }) => {
                let (plus, minus) = (palette.added, palette.removed);
                let total = added + removed;
                let space = if total > 0 { " " } else { "" };
                let (pluses, minuses) = ("+".repeat(scaled(*added)), "-".repeat(scaled(*removed)));
                let bar = format!("{plus}{pluses}{plus:#}{minus}{minuses}{minus:#}");
                let _ = writeln!(out, " {name}{padding} | {total:>count_width$}{space}{bar}");
            }
        }
    }
    let (added, removed) = totals.fold((0_u64, 0_u64), |(added, removed), counts| {
        (
            added + u64::from(counts.added),
            removed + u64::from(counts.removed),
        )
    });
    let _ = writeln!(
        out,
        " {} changed, {} added, {removed} removed",
        counted(files.len() as u64, "file"),
        counted(added, "line"),
    );
    out
}

fn shorten(name: &str) -> String {
    let length = name.chars().count();
    if length <= NAME_WIDTH {
        return name.to_owned();
    }
    let kept: String = name.chars().skip(length - NAME_WIDTH + 1).collect();
    format!("…{kept}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_line_up_and_binary_files_have_none() {
        let counts = |added, removed| ChangedLines::Counted(LineCounts { added, removed });
        let files = [
            ("src/long_name.rs".to_owned(), counts(2, 1)),
            ("x".to_owned(), counts(100, 0)),
            ("logo.png".to_owned(), ChangedLines::Binary),
            ("secret".to_owned(), ChangedLines::Withheld),
            ("mode".to_owned(), counts(0, 0)),
        ];
        insta::assert_snapshot!(summary(&Palette::new(false), &files), @r"
         src/long_name.rs |   3 +-
         x                | 100 ++++++++++++++++++++++++++++++++++++++++
         logo.png         | bin
         secret           | withheld
         mode             |   0
         5 files changed, 102 lines added, 1 removed
        ");
    }
}
