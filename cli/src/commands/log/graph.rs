//! Draws the lines of history beside a log, in git's style.
//!
//! Each column is a commit that is still to come. A commit's row is followed by rows that fan its
//! parents out to the right, and by rows that bring every line to its column again, where lines that
//! lead to the same commit meet.

use muse_wire::id::CommitId;

/// The columns between two commits.
#[derive(Debug, Default)]
pub(super) struct Graph {
    columns: Vec<CommitId>,
}

/// What stands beside one commit's text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Rows {
    /// The row of the commit itself, then those that follow.
    drawn: Vec<String>,
    /// The row beside any further text.
    rest: String,
}

/// A line on its way to its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Strand {
    at: usize,
    target: usize,
}

impl Graph {
    /// Takes the next commit; children come before their parents.
    pub(super) fn next(&mut self, id: CommitId, parents: &[CommitId]) -> Rows {
        let place = match self.columns.iter().position(|&column| column == id) {
            Some(place) => place,
            None => {
                self.columns.push(id);
                self.columns.len() - 1
            }
        };
        let width = self.columns.len();
        let mut drawn = vec![draw(
            (0..width).map(|at| (2 * at, if at == place { '*' } else { '|' })),
        )];
        for fanned in 1..parents.len() {
            // One more parent leaves to the right, and all lines behind make room.
            let staying = (0..place + fanned).map(|at| (2 * at, '|'));
            let moving = (place + fanned - 1..width + fanned - 1).map(|at| (2 * at + 1, '\\'));
            drawn.push(draw(staying.chain(moving)));
        }
        let (left, right) = (&self.columns[..place], &self.columns[place + 1..]);
        // A commit without parents leaves a gap.
        let right_start = place + parents.len().max(1);
        let leading_to: Vec<(usize, CommitId)> = left
            .iter()
            .chain(parents)
            .copied()
            .enumerate()
            .chain(
                right
                    .iter()
                    .copied()
                    .enumerate()
                    .map(|(at, id)| (right_start + at, id)),
            )
            .collect();
        let mut columns: Vec<CommitId> = Vec::new();
        let mut strands = Vec::new();
        for (at, id) in leading_to {
            let target = columns
                .iter()
                .position(|&column| column == id)
                .unwrap_or_else(|| {
                    columns.push(id);
                    columns.len() - 1
                });
            strands.push(Strand { at, target });
        }
        self.columns = columns;
        while strands.iter().any(|strand| strand.at != strand.target) {
            drawn.push(draw(strands.iter().map(|strand| {
                if strand.at == strand.target {
                    (2 * strand.at, '|')
                } else {
                    (2 * strand.at - 1, '/')
                }
            })));
            for strand in &mut strands {
                strand.at -= usize::from(strand.at != strand.target);
            }
            strands.dedup();
        }
        let rest = draw((0..self.columns.len()).map(|at| (2 * at, '|')));
        Rows { drawn, rest }
    }
}

impl Rows {
    /// The rows with these lines of text beside them. The text starts in one column.
    pub(super) fn beside(&self, lines: &[String]) -> Vec<String> {
        let width = self.drawn.iter().map(String::len).max().unwrap_or(0);
        (0..self.drawn.len().max(lines.len()))
            .map(|number| {
                let row = self.drawn.get(number).unwrap_or(&self.rest);
                let text = lines.get(number).map_or("", String::as_str);
                format!("{row:<width$} {text}").trim_end().to_owned()
            })
            .collect()
    }
}

fn draw(marks: impl Iterator<Item = (usize, char)>) -> String {
    let mut row: Vec<char> = Vec::new();
    for (at, mark) in marks {
        if row.len() <= at {
            row.resize(at + 1, ' ');
        }
        row[at] = mark;
    }
    row.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Draws a history written as `child: parent parent`, newest first, each name one character.
    fn drawing(history: &str) -> String {
        let mut graph = Graph::default();
        let mut text = Vec::new();
        for line in history.split(',') {
            let mut names = line.chars().filter(|c| c.is_alphanumeric());
            let child = names.next().expect("a line names a commit");
            let id = |name: char| CommitId::from_bytes([u8::try_from(name).expect("ASCII"); 32]);
            let parents: Vec<CommitId> = names.map(id).collect();
            text.extend(graph.next(id(child), &parents).beside(&[child.to_string()]));
        }
        text.join("\n")
    }

    #[test]
    fn a_straight_line() {
        insta::assert_snapshot!(drawing("c:b,b:a,a:"), @r"
        * c
        * b
        * a
        ");
    }

    #[test]
    fn a_merge() {
        insta::assert_snapshot!(drawing("m:c y,y:x,x:a,c:b,b:a,a:"), @r"
        *  m
        |\
        | * y
        | * x
        * | c
        * | b
        |/
        * a
        ");
    }

    #[test]
    fn two_tips() {
        insta::assert_snapshot!(drawing("d:b,c:b,b:a,a:"), @r"
        * d
        | * c
        |/
        * b
        * a
        ");
    }

    #[test]
    fn lines_that_cross() {
        insta::assert_snapshot!(drawing("m:a b,n:b a,b:r,a:r,r:"), @r"
        *  m
        |\
        | | *  n
        | | |\
        | |/ /
        | |/
        |/|
        | * b
        * | a
        |/
        * r
        ");
    }

    #[test]
    fn three_parents_and_a_second_root() {
        insta::assert_snapshot!(drawing("m:a b c,z:y,c:r,b:r,a:r,r:,y:"), @r"
        *    m
        |\
        | |\
        | | | * z
        | | * | c
        | * | | b
        | |/ /
        * | | a
        |/ /
        * | r
         /
        * y
        ");
    }
}
