//! Whole histories in a few shapes, as lists of changed files and as a `git fast-import` stream.

use std::io::{self, Write};

use super::text::{incompressible, text};

/// Time of the first commit, in seconds since 1970; each later one comes a minute after.
const FIRST_COMMIT_AT: u64 = 1_700_000_000;

/// The shape of a history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Every commit adds files of about 4 KiB.
    Add {
        /// Number of commits.
        commits: u32,
        /// New files in each.
        files: u32,
    },
    /// The first commit has many files; every later one edits some of them in one place.
    Edit {
        /// Number of commits after the first.
        commits: u32,
        /// Number of files.
        files: u32,
        /// Size of each, about.
        file_bytes: usize,
        /// Files edited in each commit.
        edits: u32,
        /// Size of each edit, about.
        edit_bytes: u32,
    },
    /// 50 incompressible files of 1 MiB; every commit overwrites 64 KiB of one.
    Overwrite {
        /// Number of commits after the first.
        commits: u32,
    },
}

const OVERWRITE_FILES: u32 = 50;
const OVERWRITE_FILE_BYTES: usize = 1 << 20;
const OVERWRITE_BYTES: usize = 64 << 10;
const ADD_FILE_BYTES: usize = 4 << 10;

/// One file as a commit leaves it.
pub struct ChangedFile {
    /// Relative path.
    pub path: String,
    /// All of its contents.
    pub contents: Vec<u8>,
}

impl Shape {
    /// The shapes by the names that the benchmark knows.
    pub const NAMED: [(&'static str, Self); 9] = [
        (
            "XS",
            Self::Add {
                commits: 1,
                files: 5,
            },
        ),
        (
            "S",
            Self::Add {
                commits: 10,
                files: 5,
            },
        ),
        (
            "M",
            Self::Add {
                commits: 100,
                files: 5,
            },
        ),
        (
            "L",
            Self::Add {
                commits: 1_000,
                files: 5,
            },
        ),
        (
            "XL",
            Self::Add {
                commits: 5_000,
                files: 5,
            },
        ),
        (
            "edit-L",
            Self::Edit {
                commits: 1_000,
                files: 2_000,
                file_bytes: 8 << 10,
                edits: 5,
                edit_bytes: 250,
            },
        ),
        (
            "edit-XL",
            Self::Edit {
                commits: 5_000,
                files: 2_000,
                file_bytes: 8 << 10,
                edits: 5,
                edit_bytes: 250,
            },
        ),
        (
            "seed",
            Self::Edit {
                commits: 1_076,
                files: 1_000,
                file_bytes: 9_700,
                edits: 8,
                edit_bytes: 1_000,
            },
        ),
        ("bin", Self::Overwrite { commits: 200 }),
    ];

    /// The shape of this name.
    pub fn named(name: &str) -> Option<Self> {
        let found = Self::NAMED.iter().find(|(known, _)| *known == name);
        found.map(|(_, shape)| *shape)
    }

    /// Number of commits.
    pub const fn commit_count(self) -> u32 {
        match self {
            Self::Add { commits, .. } => commits,
            Self::Edit { commits, .. } | Self::Overwrite { commits } => commits + 1,
        }
    }

    /// The same history with more commits.
    pub const fn longer(mut self, more: u32) -> Self {
        match &mut self {
            Self::Add { commits, .. }
            | Self::Edit { commits, .. }
            | Self::Overwrite { commits } => {
                *commits += more;
            }
        }
        self
    }

    /// Calls `each` with the files that every commit changes, in order. A prefix of a longer
    /// history is the shorter one.
    ///
    /// # Errors
    /// The first that `each` gives.
    pub fn commits<E>(
        self,
        mut each: impl FnMut(u32, Vec<ChangedFile>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut edited = match self {
            Self::Add { .. } => Vec::new(),
            Self::Edit {
                files, file_bytes, ..
            } => (0..files)
                .map(|file| text(u64::from(file), file_bytes))
                .collect(),
            Self::Overwrite { .. } => (0..OVERWRITE_FILES)
                .map(|file| incompressible(u64::from(file), OVERWRITE_FILE_BYTES))
                .collect::<Vec<_>>(),
        };
        for commit in 0..self.commit_count() {
            let changed = match self {
                Self::Add { files, .. } => (0..files)
                    .map(|file| ChangedFile {
                        path: path(commit * files + file),
                        contents: text(u64::from(commit * files + file), ADD_FILE_BYTES),
                    })
                    .collect(),
                _ if commit == 0 => (0..)
                    .zip(&edited)
                    .map(|(file, contents)| ChangedFile {
                        path: path(file),
                        contents: contents.clone(),
                    })
                    .collect(),
                Self::Edit {
                    files,
                    edits,
                    edit_bytes,
                    ..
                } => (0..edits)
                    .map(|edit| {
                        let seed = u64::from(commit) << 32 | u64::from(edit);
                        let file = pick(seed, files);
                        edit_lines(&mut edited[file as usize], edit_bytes, seed);
                        ChangedFile {
                            path: path(file),
                            contents: edited[file as usize].clone(),
                        }
                    })
                    .collect(),
                Self::Overwrite { .. } => {
                    let seed = u64::from(commit) << 32;
                    let file = pick(seed, OVERWRITE_FILES);
                    let contents = &mut edited[file as usize];
                    let at = pick(seed + 1, 16) as usize * OVERWRITE_BYTES;
                    contents[at..at + OVERWRITE_BYTES]
                        .copy_from_slice(&incompressible(seed, OVERWRITE_BYTES));
                    vec![ChangedFile {
                        path: path(file),
                        contents: contents.clone(),
                    }]
                }
            };
            each(commit, changed)?;
        }
        Ok(())
    }
}

/// Writes the history on `main` as `git fast-import` reads it.
///
/// # Errors
/// Whatever `out` gives.
pub fn git_fast_import(shape: Shape, out: &mut impl Write) -> io::Result<()> {
    shape.commits(|commit, files| {
        let at = FIRST_COMMIT_AT + 60 * u64::from(commit);
        let message = format!("Commit {commit}\n");
        write!(
            out,
            "commit refs/heads/main\n\
             committer Ada Lovelace <ada@example.org> {at} +0000\ndata {}\n{message}",
            message.len()
        )?;
        for file in files {
            writeln!(
                out,
                "M 100644 inline {}\ndata {}",
                file.path,
                file.contents.len()
            )?;
            out.write_all(&file.contents)?;
            out.write_all(b"\n")?;
        }
        Ok(())
    })
}

/// Paths three levels deep, a hundred files in a folder. Names differ as much as those of real
/// files do: git finds versions of a file by a hash of the end of its path, in which mere numbers
/// collide.
fn path(file: u32) -> String {
    let mut random = super::Random::new(u64::from(file));
    let name: String = (0..12)
        .map(|_| char::from(b'a' + random.below(26) as u8))
        .collect();
    format!("src/part{:03}/{name}.rs", file / 100)
}

fn pick(seed: u64, count: u32) -> u32 {
    super::Random::new(seed ^ 0x5eed).below(u64::from(count)) as u32
}

/// Replaces that many bytes in one place by others, up to a third more or fewer.
fn edit_lines(contents: &mut Vec<u8>, bytes: u32, seed: u64) {
    let spread = bytes * 2 / 3;
    let at = pick(seed + 7, contents.len() as u32 - bytes - spread) as usize;
    let length = spread + pick(seed + 9, spread);
    contents.splice(at..at + bytes as usize, text(seed, length as usize));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(shape: Shape) -> Vec<Vec<u8>> {
        let mut all = Vec::new();
        let done: Result<(), ()> = shape.commits(|_, files| {
            all.extend(files.into_iter().map(|file| file.contents));
            Ok(())
        });
        done.expect("nothing fails");
        all
    }

    #[test]
    fn a_longer_history_starts_with_the_shorter_one() {
        for shape in [
            Shape::Add {
                commits: 20,
                files: 2,
            },
            Shape::Edit {
                commits: 20,
                files: 10,
                file_bytes: 1_000,
                edits: 2,
                edit_bytes: 120,
            },
        ] {
            let (short, long) = (ids(shape), ids(shape.longer(2)));
            assert!(long.len() > short.len());
            assert_eq!(long[..short.len()], short[..]);
        }
    }
}
