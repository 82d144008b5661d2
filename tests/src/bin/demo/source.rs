//! What the demo commits: a copy of real files, so that nothing outside its own directory changes.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use muse_wire::limits::PushLimits;
use muse_wire::path::{RepoPath, is_taken_for_git};

/// Most bytes that the demo copies.
const MAX_BYTES: u64 = 4 << 30;

/// Files that keep others from being committed.
const IGNORE_FILES: [&str; 2] = [".gitignore", ".museignore"];

/// What was copied.
#[derive(Debug, Default)]
pub(crate) struct Copied {
    /// Files and symbolic links.
    pub(crate) files: u64,
    /// Their bytes.
    pub(crate) bytes: u64,
    /// What was left out, and why.
    pub(crate) notes: Vec<String>,
}

/// The unpacked sources of the packages in this project's lock file.
pub(crate) fn own_dependencies() -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let cargo_home = std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::home_dir().map(|home| home.join(".cargo")));
    let registry = cargo_home.map(|home| home.join("registry").join("src"));
    let indexes: Vec<PathBuf> = registry
        .iter()
        .filter_map(|registry| fs::read_dir(registry).ok())
        .flatten()
        .flatten()
        .map(|index| index.path())
        .collect();
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
    let lock = fs::read_to_string(&lock)
        .map_err(|error| format!("{} cannot be read: {error}", lock.display()))?;
    let mut found = Vec::new();
    let mut name = "";
    for line in lock.lines() {
        if let Some(value) = quoted(line, "name = ") {
            name = value;
        } else if let Some(version) = quoted(line, "version = ") {
            let package = format!("{name}-{version}");
            found.extend(
                indexes
                    .iter()
                    .map(|index| index.join(&package))
                    .find(|folder| folder.is_dir()),
            );
        }
    }
    if found.is_empty() {
        return Err("Cargo's registry folder holds no sources here; \
                    give a directory: `cargo demo -- DIR`"
            .into());
    }
    Ok(found)
}

fn quoted<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    line.strip_prefix(key)?.strip_prefix('"')?.strip_suffix('"')
}

/// Copies folders below `target`: their contents if there is one, each under its own name
/// otherwise. What `muse` would not commit is left out and noted.
pub(crate) fn copy(folders: &[PathBuf], target: &Path) -> Result<Copied, Box<dyn Error>> {
    let mut copy = Copy {
        target,
        copied: Copied::default(),
        skipped: 0,
    };
    fs::create_dir_all(target)?;
    for folder in folders {
        let below = match (folders, folder.file_name()) {
            ([_, _, ..], Some(name)) => PathBuf::from(name),
            _ => PathBuf::new(),
        };
        copy.folder(folder, &below)?;
    }
    let Copy {
        mut copied,
        skipped,
        ..
    } = copy;
    if skipped > 0 {
        copied.notes.push(format!(
            "left out what is special, cannot be recorded or says what is ignored: {skipped}"
        ));
    }
    if copied.files == 0 {
        return Err("there are no files to commit".into());
    }
    Ok(copied)
}

struct Copy<'a> {
    target: &'a Path,
    copied: Copied,
    skipped: u64,
}

impl Copy<'_> {
    fn folder(&mut self, source: &Path, below: &Path) -> Result<(), Box<dyn Error>> {
        let mut entries: Vec<_> = fs::read_dir(source)
            .map_err(|error| format!("{} cannot be listed: {error}", source.display()))?
            .collect::<Result<_, _>>()?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let relative = below.join(entry.file_name());
            if !Self::admits(&relative) {
                self.skipped += 1;
                continue;
            }
            let kind = entry.file_type()?;
            if kind.is_dir() {
                self.folder(&entry.path(), &relative)?;
            } else if kind.is_file() || kind.is_symlink() {
                if self.is_full() {
                    return Ok(());
                }
                self.file(&entry.path(), &relative)?;
            } else {
                self.skipped += 1;
            }
        }
        Ok(())
    }

    fn file(&mut self, source: &Path, relative: &Path) -> Result<(), Box<dyn Error>> {
        let target = self.target.join(relative);
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder)?;
        }
        let metadata = fs::symlink_metadata(source)?;
        if metadata.is_symlink() {
            std::os::unix::fs::symlink(fs::read_link(source)?, &target)?;
        } else {
            // Shares the blocks where the file system can, and keeps the mode.
            fs::copy(source, &target)
                .map_err(|error| format!("{} cannot be copied: {error}", source.display()))?;
        }
        self.copied.files += 1;
        self.copied.bytes += metadata.len();
        Ok(())
    }

    /// Whether a commit would record the file, and others beside it: those that say what is ignored
    /// stay out.
    fn admits(relative: &Path) -> bool {
        let is_ignore_file = IGNORE_FILES.iter().any(|name| relative.ends_with(name));
        let path = relative.to_str().map(RepoPath::new);
        let is_recordable = path
            .is_some_and(|path| path.is_ok_and(|path| !path.components().any(is_taken_for_git)));
        is_recordable && !is_ignore_file
    }

    fn is_full(&mut self) -> bool {
        let limits = PushLimits::default();
        // Room for what the later commits add.
        let full = self.copied.files >= limits.objects - 1_000 || self.copied.bytes >= MAX_BYTES;
        if full && self.copied.notes.is_empty() {
            self.copied.notes.push(format!(
                "stopped at {} files: one push holds no more",
                self.copied.files
            ));
        }
        full
    }
}
