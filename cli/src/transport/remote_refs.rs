//! The refs of a server's repository, put together from the pages of a listing.
//!
//! Each name keeps the rules by itself once it is decoded. What is checked here is that the pages
//! go together, that all refs are branches and tags, and that no file system could confuse two of
//! them.

use std::collections::BTreeMap;

use muse_wire::api::refs::{RefEntry, RefsQuery, RefsResponse};
use muse_wire::id::CommitId;
use muse_wire::limits::MAX_LISTED_REFS;
use muse_wire::name::{RefName, find_ref_collision};

/// The branches and tags of a server's repository at one moment.
#[derive(Debug, Clone)]
pub struct RemoteRefs {
    default_branch: RefName,
    targets: BTreeMap<RefName, CommitId>,
}

impl RemoteRefs {
    /// Refs that are known without a listing.
    pub fn new(
        default_branch: RefName,
        targets: impl IntoIterator<Item = (RefName, CommitId)>,
    ) -> Self {
        Self {
            default_branch,
            targets: targets.into_iter().collect(),
        }
    }

    /// The branch that a clone checks out; it need not exist.
    pub const fn default_branch(&self) -> &RefName {
        &self.default_branch
    }

    /// Where a ref is.
    pub fn get(&self, name: &RefName) -> Option<CommitId> {
        self.targets.get(name).copied()
    }

    /// All refs, ascending by name.
    pub fn iter(&self) -> impl Iterator<Item = (&RefName, CommitId)> {
        self.targets.iter().map(|(name, &target)| (name, target))
    }

    /// All branches, ascending by name.
    pub fn branches(&self) -> Vec<RefEntry> {
        self.entries(|name| name.as_branch().is_some())
    }

    /// All tags, ascending by name.
    pub fn tags(&self) -> Vec<RefEntry> {
        self.entries(|name| name.as_tag().is_some())
    }

    fn entries(&self, is_meant: impl Fn(&RefName) -> bool) -> Vec<RefEntry> {
        let meant = self.iter().filter(|(name, _)| is_meant(name));
        let entries = meant.map(|(name, target)| RefEntry {
            name: name.clone(),
            target,
        });
        entries.collect()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.targets.is_empty()
    }
}

/// A listing of which not all pages may have come.
pub(super) struct Listing {
    refs: RemoteRefs,
    version: u64,
    has_more: bool,
}

/// Whether a page belongs to a listing.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Page {
    /// It is of the same moment.
    Added,
    /// Refs have moved since the first page.
    OfAnotherVersion,
}

impl Listing {
    /// A listing that begins with this page.
    ///
    /// # Errors
    /// The first rule that the page breaks.
    pub(super) fn begin(page: RefsResponse) -> Result<Self, String> {
        let default_branch = page.default_branch;
        if default_branch.as_branch().is_none() {
            return Err(format!("the default branch {default_branch} is no branch"));
        }
        let mut listing = Self {
            refs: RemoteRefs {
                default_branch,
                targets: BTreeMap::new(),
            },
            version: page.refs_version,
            has_more: false,
        };
        listing.take(page.refs, page.has_more)?;
        Ok(listing)
    }

    /// What to ask for next; `None` where all pages have come.
    pub(super) fn next(&self) -> Option<RefsQuery> {
        let (last, _) = self.refs.targets.last_key_value()?;
        self.has_more.then(|| RefsQuery {
            after: Some(last.clone()),
            ..RefsQuery::default()
        })
    }

    /// Adds the next page.
    ///
    /// # Errors
    /// The first rule that the page breaks.
    pub(super) fn add(&mut self, page: RefsResponse) -> Result<Page, String> {
        if page.refs_version != self.version {
            return Ok(Page::OfAnotherVersion);
        }
        self.take(page.refs, page.has_more)?;
        Ok(Page::Added)
    }

    fn take(&mut self, page: Vec<RefEntry>, has_more: bool) -> Result<(), String> {
        if has_more && page.is_empty() {
            return Err("it says that there are more refs, and lists none".to_owned());
        }
        let targets = &mut self.refs.targets;
        for RefEntry { name, target } in page {
            if !name.is_shared() {
                return Err(format!("{name} is neither a branch nor a tag"));
            }
            if targets.contains_key(&name) {
                return Err(format!("{name} is listed twice"));
            }
            targets.insert(name, target);
        }
        if targets.len() > MAX_LISTED_REFS {
            return Err(format!("it lists more than {MAX_LISTED_REFS} refs"));
        }
        self.has_more = has_more;
        Ok(())
    }

    /// The refs, once all pages have come.
    ///
    /// # Errors
    /// Which of them cannot exist together.
    pub(super) fn finish(self) -> Result<RemoteRefs, String> {
        match find_ref_collision([], self.refs.targets.keys()) {
            Some(collision) => Err(collision.to_string()),
            None => Ok(self.refs),
        }
    }
}

#[cfg(test)]
impl RemoteRefs {
    /// Refs that are all at one commit.
    pub(crate) fn of(default_branch: &str, names: &[&str]) -> Self {
        let name = |name: &str| RefName::new(name).expect("valid");
        let target = CommitId::from_bytes([1; 32]);
        Self {
            default_branch: name(default_branch),
            targets: names.iter().map(|one| (name(one), target)).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use muse_wire::limits::{FormatLimits, PushLimits};

    use super::*;

    const MAIN: &str = "refs/heads/main";

    fn page(default_branch: &str, version: u64, names: &[&str], has_more: bool) -> RefsResponse {
        let name = |name: &str| RefName::new(name).expect("valid by itself");
        let refs = names.iter().map(|one| RefEntry {
            name: name(one),
            target: CommitId::from_bytes([1; 32]),
        });
        RefsResponse {
            repo_id: "1".to_owned(),
            default_branch: name(default_branch),
            refs_version: version,
            refs: refs.collect(),
            has_more,
            capabilities: Vec::new(),
            limits: PushLimits::default(),
            format_limits: FormatLimits::default(),
        }
    }

    fn listed(default_branch: &str, names: &[&str]) -> Result<usize, String> {
        let listing = Listing::begin(page(default_branch, 1, names, false))?;
        assert_eq!(listing.next(), None);
        Ok(listing.finish()?.iter().count())
    }

    #[test]
    fn names_that_no_file_system_confuses_pass() {
        assert_eq!(listed(MAIN, &[]), Ok(0));
        let names = [
            "refs/heads/a-b",
            "refs/heads/a/b",
            "refs/heads/a/c",
            "refs/heads/a0",
            "refs/tags/a",
            MAIN,
        ];
        assert_eq!(listed(MAIN, &names), Ok(6));
    }

    #[test]
    fn every_rule_refuses_its_case_and_names_the_ref() {
        for (names, reason) in [
            (
                ["refs/remotes/origin/x", MAIN],
                "refs/remotes/origin/x is neither a branch nor a tag",
            ),
            ([MAIN, MAIN], "refs/heads/main is listed twice"),
            (
                [MAIN, "refs/heads/Main"],
                "refs/heads/main cannot exist beside refs/heads/Main: the two differ only in case \
                 or Unicode form",
            ),
            (
                ["refs/tags/\u{e9}", "refs/tags/e\u{301}"],
                "refs/tags/\u{e9} cannot exist beside refs/tags/e\u{301}: the two differ only in \
                 case or Unicode form",
            ),
            (
                ["refs/heads/MAIN/x/y", MAIN],
                "refs/heads/main cannot exist beside refs/heads/MAIN/x/y: one cannot be a \
                 directory of the other",
            ),
        ] {
            assert_eq!(listed(MAIN, &names), Err(reason.to_owned()));
        }
        let refused = listed("refs/tags/v1", &[MAIN]);
        assert_eq!(
            refused,
            Err("the default branch refs/tags/v1 is no branch".to_owned())
        );
    }

    #[test]
    fn pages_of_one_version_go_together() {
        let first = page(MAIN, 7, &["refs/heads/a", MAIN], true);
        let mut listing = Listing::begin(first).expect("a page");
        let next = listing.next().expect("more");
        assert_eq!(next.after, RefName::new(MAIN).ok());
        let second = page(MAIN, 7, &["refs/tags/v1"], false);
        assert_eq!(listing.add(second), Ok(Page::Added));
        assert_eq!(listing.next(), None);
        assert_eq!(listing.finish().expect("whole").iter().count(), 3);

        let first = || Listing::begin(page(MAIN, 7, &[MAIN], true)).expect("a page");
        let later = page(MAIN, 8, &["refs/tags/v1"], false);
        assert_eq!(first().add(later), Ok(Page::OfAnotherVersion));
        for (names, reason) in [
            (&[][..], "it says that there are more refs, and lists none"),
            (&[MAIN], "refs/heads/main is listed twice"),
        ] {
            let refused = first().add(page(MAIN, 7, names, true));
            assert_eq!(refused, Err(reason.to_owned()));
        }
    }
}
