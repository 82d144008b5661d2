//! Random histories with much of what merges stumble over.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::git::{Git, Pair};

/// Numbers that look random and are the same in every run: SplitMix64.
pub(crate) struct Numbers(u64);

impl Numbers {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number less than `end`.
    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end.max(1) as u64).expect("less than a usize")
    }

    fn choose<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// Some of all, in no order.
    pub(crate) fn sample<T>(&mut self, mut all: Vec<T>, count: usize) -> Vec<T> {
        let count = count.min(all.len());
        for index in 0..count {
            let other = index + self.below(all.len() - index);
            all.swap(index, other);
        }
        all.truncate(count);
        all
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct File {
    mode: &'static str,
    text: String,
}

type Tree = BTreeMap<String, File>;

/// Writes histories of two commits each that are to be merged.
pub(crate) fn write_histories(git: &Git, numbers: &mut Numbers, count: usize) -> Vec<Pair> {
    let mut stream = String::new();
    let mut time = 1_700_000_000_u64;
    let mut commit = |name: &str, parents: &[&str], tree: &Tree| {
        time += 60;
        let _ = writeln!(stream, "commit refs/heads/{name}");
        let _ = writeln!(
            stream,
            "committer Ada <ada@example.org> {time} +0000\ndata 0"
        );
        for (index, parent) in parents.iter().enumerate() {
            let word = if index == 0 { "from" } else { "merge" };
            let _ = writeln!(stream, "{word} refs/heads/{parent}");
        }
        let _ = writeln!(stream, "deleteall");
        for (path, file) in tree {
            let length = file.text.len();
            let _ = writeln!(
                stream,
                "M {} inline {path}\ndata {length}\n{}",
                file.mode, file.text
            );
        }
        stream.push('\n');
    };
    for number in 0..count {
        let base = base_tree(numbers);
        let (left, right) = (changed(numbers, &base), changed(numbers, &base));
        let name = |side: &str| format!("{number}-{side}");
        commit(&name("base"), &[], &base);
        commit(&name("left"), &[&name("base")], &left);
        commit(&name("right"), &[&name("base")], &right);
        if number % 5 == 0 {
            // Both merged the other's commit in their own way: two bases.
            let (ours, theirs) = (changed(numbers, &left), changed(numbers, &right));
            commit(&name("ours"), &[&name("left"), &name("right")], &ours);
            commit(&name("theirs"), &[&name("right"), &name("left")], &theirs);
        }
    }
    git.fast_import(stream.as_bytes());
    let refs = git.refs();
    let pair = |number: usize, ours: &str, theirs: &str| Pair {
        ours: refs[&format!("refs/heads/{number}-{ours}")].clone(),
        theirs: refs[&format!("refs/heads/{number}-{theirs}")].clone(),
    };
    let simple = (0..count).map(|number| pair(number, "left", "right"));
    let crossed = (0..count)
        .step_by(5)
        .map(|number| pair(number, "ours", "theirs"));
    simple.chain(crossed).collect()
}

fn path(numbers: &mut Numbers) -> String {
    let directory = *numbers.choose(&["", "", "a/", "a/b/", "c/", "c/d/", "e/"]);
    let name = *numbers.choose(&["one", "two", "three", "four", "five", "six", "a", "c"]);
    format!("{directory}{name}")
}

fn line(numbers: &mut Numbers) -> String {
    match numbers.below(4) {
        0 => ["{\n", "}\n", "\n", "    end\n"][numbers.below(4)].to_owned(),
        _ => format!("line {}\n", numbers.below(200)),
    }
}

fn text(numbers: &mut Numbers) -> String {
    let count = 3 + numbers.below(20);
    let mut text: String = (0..count).map(|_| line(numbers)).collect();
    match numbers.below(12) {
        0 => text = text.replace('\n', "\r\n"),
        1 => drop(text.pop()),
        2 => text.insert(1, '\0'),
        3 if numbers.below(2) == 0 => text.clear(),
        _ => {}
    }
    text
}

/// A target that hardly another link has: of several files with the same contents, which one moved
/// depends in git on the order in a hash table.
fn link(numbers: &mut Numbers) -> String {
    format!("target {}", numbers.below(1_000_000))
}

/// Puts a file at a path, unless a directory is there or a file is in the place of one above it.
fn put(tree: &mut Tree, path: &str, file: File) {
    let below = format!("{path}/");
    let is_directory = tree.keys().any(|other| other.starts_with(&below));
    let is_below_file = tree
        .keys()
        .any(|other| path.starts_with(&format!("{other}/")));
    if !is_directory && !is_below_file {
        tree.insert(path.to_owned(), file);
    }
}

fn base_tree(numbers: &mut Numbers) -> Tree {
    let mut tree = Tree::new();
    for _ in 0..4 + numbers.below(10) {
        let (mode, text) = match numbers.below(10) {
            0 => ("120000", link(numbers)),
            1 => ("100755", text(numbers)),
            _ => ("100644", text(numbers)),
        };
        put(&mut tree, &path(numbers), File { mode, text });
    }
    tree
}

fn edit(numbers: &mut Numbers, text: &mut String) {
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    for _ in 0..1 + numbers.below(3) {
        let at = numbers.below(lines.len() + 1);
        let new = line(numbers);
        match numbers.below(3) {
            0 => lines.insert(at, new),
            1 if at < lines.len() => drop(lines.remove(at)),
            _ if at < lines.len() => lines[at] = new,
            _ => {}
        }
    }
    *text = lines.concat();
}

/// The tree after some changes.
fn changed(numbers: &mut Numbers, before: &Tree) -> Tree {
    let mut tree = before.clone();
    for _ in 0..1 + numbers.below(5) {
        let paths: Vec<String> = tree.keys().cloned().collect();
        if paths.is_empty() {
            break;
        }
        let path_before = numbers.choose(&paths).clone();
        let mut file = tree[&path_before].clone();
        match numbers.below(14) {
            0..=4 if file.mode != "120000" => {
                edit(numbers, &mut file.text);
                tree.insert(path_before, file);
            }
            5 => drop(tree.remove(&path_before)),
            6..=8 => {
                tree.remove(&path_before);
                if file.mode != "120000" && numbers.below(2) == 0 {
                    edit(numbers, &mut file.text);
                }
                put(&mut tree, &path(numbers), file);
            }
            9 => {
                let text = text(numbers);
                let mode = "100644";
                put(&mut tree, &path(numbers), File { mode, text });
            }
            10 if file.mode != "120000" => {
                file.mode = if file.mode == "100644" {
                    "100755"
                } else {
                    "100644"
                };
                tree.insert(path_before, file);
            }
            11 => {
                let text = link(numbers);
                tree.insert(
                    path_before,
                    File {
                        mode: "120000",
                        text,
                    },
                );
            }
            12 => {
                // A file becomes a directory, or the other way round.
                tree.remove(&path_before);
                let target = match path_before.rsplit_once('/') {
                    Some((above, _)) if numbers.below(2) == 0 => {
                        let below = format!("{above}/");
                        tree.retain(|path, _| !path.starts_with(&below));
                        above.to_owned()
                    }
                    _ => format!("{path_before}/inner"),
                };
                put(&mut tree, &target, file);
            }
            _ => move_directory(numbers, &mut tree),
        }
    }
    tree
}

fn move_directory(numbers: &mut Numbers, tree: &mut Tree) {
    let from = *numbers.choose(&["a/", "a/b/", "c/", "e/"]);
    let to = *numbers.choose(&["f/", "g/h/", "e/"]);
    let moved: Vec<String> = tree
        .keys()
        .filter(|path| path.starts_with(from))
        .cloned()
        .collect();
    for path in moved {
        if let Some(file) = tree.remove(&path) {
            put(tree, &path.replacen(from, to, 1), file);
        }
    }
}
