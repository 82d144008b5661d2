//! The one place that prints.

use std::io::{self, IsTerminal as _, Write as _};
use std::iter;

use super::CommandError;

/// What stands in a column that does not apply.
pub(super) const NONE: &str = "-";

/// Prints one line of a command's result.
pub(crate) fn print_line(line: &str) -> Result<(), CommandError> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")
        .and_then(|()| out.flush())
        .map_err(CommandError::Print)
}

/// Prints lines of columns. Between columns are tabs; at a terminal, all columns begin below their
/// headings.
pub(super) fn print_table(
    headings: &[&str],
    lines: impl IntoIterator<Item = String>,
) -> Result<(), CommandError> {
    if !io::stdout().is_terminal() {
        return lines.into_iter().try_for_each(|line| print_line(&line));
    }
    let heading = headings.iter().map(|heading| heading.to_uppercase());
    let heading = heading.collect::<Vec<_>>().join("\t");
    let lines: Vec<String> = iter::once(heading).chain(lines).collect();
    aligned(&lines).iter().try_for_each(|line| print_line(line))
}

/// The lines with spaces for tabs, so that columns begin below each other.
fn aligned(lines: &[String]) -> Vec<String> {
    let mut widths: Vec<usize> = Vec::new();
    for line in lines {
        for (index, column) in line.split('\t').enumerate() {
            let width = column.chars().count();
            match widths.get_mut(index) {
                Some(widest) => *widest = width.max(*widest),
                None => widths.push(width),
            }
        }
    }
    let align = |line: &String| {
        let columns = line.split('\t').zip(&widths);
        let padded = columns.map(|(column, &width)| format!("{column:<width$}"));
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    lines.iter().map(align).collect()
}

/// Prints on stderr why a command failed, or what it asks.
pub(crate) fn print_error(message: &str) {
    // Where stderr is closed, the exit code still tells.
    let _ = writeln!(io::stderr(), "musehub: {message}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_begin_below_each_other() {
        let lines = ["NAME\tBYTES\tLABEL", "ada/notes\t7\t", "é\t1000000\tfor CI"];
        let lines = lines.map(str::to_owned);
        let expected = [
            "NAME       BYTES    LABEL",
            "ada/notes  7",
            "é          1000000  for CI",
        ];
        assert_eq!(aligned(&lines), expected);
    }
}
