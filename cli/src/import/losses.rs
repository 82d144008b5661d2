//! What an import loses.

use muse_wire::limits::MAX_LINK_TARGET_BYTES;
use muse_wire::path::RepoPath;
use muse_wire::quote::quote_bytes;

/// How many refs, paths and links that are skipped are named.
const MAX_NAMED: usize = 10;

/// What git holds and a muse repository cannot: counted, and reported at the end.
#[derive(Debug, Default)]
pub(super) struct Losses {
    pub(super) submodules: u64,
    pub(super) signatures: u64,
    pub(super) repeated_parents: u64,
    pub(super) cleaned_names: u64,
    pub(super) repaired_times: u64,
    pub(super) lossy_texts: u64,
    /// Commits and tags that are too long to be kept as git has them.
    pub(super) too_long: u64,
    skipped_refs: Vec<String>,
    /// Whether files that no snapshot can hold are left out.
    may_skip: bool,
    skipped_paths: Vec<String>,
    skipped_links: Vec<String>,
    kept_pointers: Vec<String>,
}

impl Losses {
    pub(super) fn new(may_skip: bool) -> Self {
        Self {
            may_skip,
            ..Self::default()
        }
    }

    pub(super) fn skip_ref(&mut self, name: &str, reason: &str) {
        self.skipped_refs.push(format!("{name} ({reason})"));
    }

    /// Whether files that no snapshot can hold may be left out.
    pub(super) const fn may_skip(&self) -> bool {
        self.may_skip
    }

    /// Leaves out a path.
    pub(super) fn skip_path(&mut self, path: &[u8]) {
        self.skipped_paths.push(quote_bytes(path).into_owned());
    }

    /// Leaves out a link to nowhere.
    pub(super) fn skip_link(&mut self, path: &RepoPath) {
        self.skipped_links.push(path.to_string());
    }

    /// Keeps an LFS pointer as it is.
    pub(super) fn keep_pointer(&mut self, path: &RepoPath) {
        self.kept_pointers.push(path.to_string());
    }

    /// A sentence for each kind of loss.
    pub(super) fn warnings(&self) -> Vec<String> {
        let mut sentences = Vec::new();
        let counted = [
            (
                self.submodules,
                "change(s) of submodules are noted in the commits' metadata: submodules are not \
                 imported",
            ),
            (
                self.signatures,
                "signature(s) of commits and tags sign git's bytes: they are kept for an export to \
                 git, and not verified here",
            ),
            (self.repeated_parents, "repeated parent(s) were dropped"),
            (
                self.cleaned_names,
                "author(s) had characters that are not allowed, which were removed",
            ),
            (
                self.repaired_times,
                "time(s) could not be read or had an impossible offset",
            ),
            (
                self.lossy_texts,
                "name(s) or message(s) were in an unknown encoding: some characters were replaced",
            ),
            (
                self.too_long,
                "commit(s) or tag(s) are too long to be kept as git has them: an export to git \
                 gives them, and what builds on them, other ids",
            ),
        ];
        for (count, what) in counted {
            if count > 0 {
                sentences.push(format!("{count} {what}"));
            }
        }
        let named = [
            (&self.skipped_refs, "ref(s) were skipped".to_owned()),
            (
                &self.skipped_paths,
                "file(s) were left out, because no snapshot can hold their paths".to_owned(),
            ),
            (
                &self.skipped_links,
                format!(
                    "symbolic link(s) were left out, because their targets are empty, longer than \
                     {MAX_LINK_TARGET_BYTES} bytes, or hold a NUL"
                ),
            ),
            (
                &self.kept_pointers,
                "file(s) stay the LFS pointers that they are in git, because its local store lacks \
                 what they stand for (`git lfs fetch --all` brings it)"
                    .to_owned(),
            ),
        ];
        sentences.extend(named.iter().filter_map(|(names, what)| list(what, names)));
        sentences
    }
}

/// `5 what: a, b and 3 more`; none if there are none.
fn list(what: &str, names: &[String]) -> Option<String> {
    let named = &names[..names.len().min(MAX_NAMED)];
    let more = match names.len() - named.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let count = names.len();
    (count > 0).then(|| format!("{count} {what}: {}{more}", named.join(", ")))
}
