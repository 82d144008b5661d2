//! What an import loses.

use muse_wire::quote::quote_bytes;

/// How many skipped refs, and skipped paths, are named.
const MAX_NAMED: usize = 10;

/// What git holds and a muse repository cannot: counted, and reported at the end.
#[derive(Debug, Default)]
pub(super) struct Losses {
    pub(super) annotated_tags: u64,
    pub(super) submodules: u64,
    pub(super) signatures: u64,
    pub(super) repeated_parents: u64,
    pub(super) cleaned_names: u64,
    pub(super) repaired_times: u64,
    pub(super) lossy_texts: u64,
    skipped_refs: Vec<String>,
    /// Whether files whose paths cannot be represented are left out.
    may_skip_paths: bool,
    skipped_paths: Vec<String>,
}

impl Losses {
    pub(super) fn new(may_skip_paths: bool) -> Self {
        Self {
            may_skip_paths,
            ..Self::default()
        }
    }

    pub(super) fn skip_ref(&mut self, name: &str, reason: &str) {
        self.skipped_refs.push(format!("{name} ({reason})"));
    }

    /// Leaves out a path, if that is allowed; whether it is.
    pub(super) fn skip_path(&mut self, path: &[u8]) -> bool {
        if self.may_skip_paths {
            self.skipped_paths.push(quote_bytes(path).into_owned());
        }
        self.may_skip_paths
    }

    /// A sentence for each kind of loss.
    pub(super) fn warnings(&self) -> Vec<String> {
        let mut sentences = Vec::new();
        let counted = [
            (
                self.annotated_tags,
                "annotated tag(s) became plain ones: their messages are not imported",
            ),
            (
                self.submodules,
                "change(s) of submodules are noted in the commits' metadata: submodules are not \
                 imported",
            ),
            (
                self.signatures,
                "commit signature(s) are not imported: they sign git's bytes",
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
        ];
        for (count, what) in counted {
            if count > 0 {
                sentences.push(format!("{count} {what}"));
            }
        }
        sentences.extend(list("refs that were skipped", &self.skipped_refs));
        sentences.extend(list(
            "files that were left out, because no snapshot may hold their paths",
            &self.skipped_paths,
        ));
        sentences
    }
}

/// `what: a, b and 3 more`; none if there are none.
fn list(what: &str, names: &[String]) -> Option<String> {
    let named = &names[..names.len().min(MAX_NAMED)];
    let more = match names.len() - named.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    (!named.is_empty()).then(|| format!("{what}: {}{more}", named.join(", ")))
}
