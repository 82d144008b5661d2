//! What people type for a commit: branches, tags, where they were before, shortened ids, and steps
//! back from there.

use std::collections::BTreeSet;

use muse_wire::id::{CommitId, ID_PREFIX};
use muse_wire::name::RefName;

use super::{Repository, RepositoryError, Result};

/// Fewest hexadecimal digits that are taken for a shortened id.
const FEWEST_DIGITS: usize = 4;

/// Most commits that an ambiguity lists.
const MOST_CANDIDATES: usize = 5;

/// One step from a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// `~N`: N times the first parent.
    Back(u32),
    /// `^N`: the Nth parent, `^0` the commit itself.
    Parent(u32),
}

/// Two revisions that are written as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RevisionRange<'a> {
    /// `A..B`: what B has and A lacks.
    Between {
        /// A.
        from: &'a str,
        /// B.
        to: &'a str,
    },
    /// `A...B`: what one of them has and the other lacks; for a comparison, what B has become since
    /// both went apart.
    Apart {
        /// A.
        one: &'a str,
        /// B.
        other: &'a str,
    },
}

/// Splits `A..B` or `A...B`; a side that is left out is `HEAD`. `None` if it is no range.
pub fn split_range(text: &str) -> Option<RevisionRange<'_>> {
    let or_head = |revision| match revision {
        "" => "HEAD",
        revision => revision,
    };
    if let Some((one, other)) = text.split_once("...") {
        let (one, other) = (or_head(one), or_head(other));
        return Some(RevisionRange::Apart { one, other });
    }
    let (from, to) = text.split_once("..")?;
    let (from, to) = (or_head(from), or_head(to));
    Some(RevisionRange::Between { from, to })
}

/// The hexadecimal digits of an id, or of a shortened one, in lower case; `None` if it is neither.
pub fn id_digits(text: &str) -> Option<String> {
    let digits = text.strip_prefix(ID_PREFIX).unwrap_or(text);
    let is_id = digits.len() >= FEWEST_DIGITS && digits.bytes().all(|d| d.is_ascii_hexdigit());
    is_id.then(|| digits.to_ascii_lowercase())
}

/// Splits `REV:PATH`; the colon of `sha256:` is part of the revision.
pub fn split_path(text: &str) -> (&str, Option<&str>) {
    let skipped = if text.starts_with(ID_PREFIX) {
        ID_PREFIX.len()
    } else {
        0
    };
    match text[skipped..].split_once(':') {
        Some((revision, path)) => (&text[..skipped + revision.len()], Some(path)),
        None => (text, None),
    }
}

impl Repository {
    /// The commit that a revision names: `HEAD` or `@`, a branch, a tag, `remote/branch`, a full
    /// ref, one of these with `@{N}` behind it for where it was N moves ago, `sha256:…` or at least
    /// four hexadecimal digits of it, what `muse describe` prints, each followed by any number of
    /// `~N` and `^N`. An annotated tag names the tagged commit.
    ///
    /// # Errors
    /// [`RepositoryError::UnknownRevision`], [`RepositoryError::Ambiguous`] or
    /// [`RepositoryError::NoCommits`]; [`RepositoryError::Missing`] if a ref names a commit that is
    /// not here.
    pub fn resolve(&self, revision: &str) -> Result<CommitId> {
        resolve(self, revision)
    }

    /// The ref that people call so, by its full name or without its first part, and what it names:
    /// of an annotated tag the commit that the tag is stored as.
    ///
    /// # Errors
    /// If refs cannot be read.
    pub fn find_ref(&self, name: &str) -> Result<Option<(RefName, CommitId)>> {
        let refs = self.refs.read()?;
        let mut candidates = RefName::candidates(name).into_iter();
        Ok(candidates.find_map(|name| refs.get(&name).map(|commit| (name, commit))))
    }
}

fn resolve(repository: &Repository, revision: &str) -> Result<CommitId> {
    let unknown = || RepositoryError::UnknownRevision {
        revision: revision.to_owned(),
    };
    let end = revision.find(['~', '^']).unwrap_or(revision.len());
    let (start, steps) = revision.split_at(end);
    let steps = parse_steps(steps).ok_or_else(unknown)?;
    let mut commit = match start {
        "HEAD" | "@" => repository
            .refs
            .head_commit()?
            .ok_or(RepositoryError::NoCommits)?,
        name => match split_reflog(name) {
            Some((name, number)) => before_moves(repository, name, number)?.ok_or_else(unknown)?,
            None => match repository.find_ref(name)? {
                Some((name, target)) => repository.peel(&name, target)?,
                None => shortened(repository, name)?.ok_or_else(unknown)?,
            },
        },
    };
    for step in steps {
        let (times, parent) = match step {
            Step::Back(times) => (times, 1),
            Step::Parent(0) => (0, 1),
            Step::Parent(parent) => (1, parent),
        };
        for _ in 0..times {
            let parents = repository.objects.commit(&commit)?.parents;
            if parents.is_empty() && repository.objects.shallow()?.contains(&commit) {
                return Err(RepositoryError::Shallow(commit));
            }
            commit = *parents.get(parent as usize - 1).ok_or_else(unknown)?;
        }
    }
    repository.objects.require_commit(&commit)?;
    Ok(commit)
}

/// Parses `~`, `~3`, `^`, `^2`, `^^~2`, …; `None` if it is nothing of the kind.
fn parse_steps(text: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    let mut characters = text.chars();
    while let Some(sign) = characters.next() {
        let rest = characters.as_str();
        let end = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        let (digits, after) = rest.split_at(end);
        let number = match digits {
            "" => 1,
            digits => digits.parse().ok()?,
        };
        steps.push(match sign {
            '~' => Step::Back(number),
            '^' => Step::Parent(number),
            _ => return None,
        });
        characters = after.chars();
    }
    Some(steps)
}

/// Splits `NAME@{N}`; `None` if it is nothing of the kind.
fn split_reflog(text: &str) -> Option<(&str, usize)> {
    let (name, number) = text.strip_suffix('}')?.rsplit_once("@{")?;
    Some((name, number.parse().ok()?))
}

/// The commit that a ref named before its last `number` moves; of `HEAD` where `name` is empty.
fn before_moves(repository: &Repository, name: &str, number: usize) -> Result<Option<CommitId>> {
    let refs = repository.refs.read()?;
    let reflog = repository.refs.reflog()?;
    if matches!(name, "" | "HEAD" | "@") {
        let commit = reflog.head_before(refs.head_commit(), number)?;
        repository.objects.require_remembered(&commit)?;
        return Ok(Some(commit));
    }
    let candidates = RefName::candidates(name);
    let Some(name) = candidates.iter().find(|name| refs.get(name).is_some()) else {
        return Ok(None);
    };
    let target = reflog.ref_before(name, refs.get(name), number)?;
    repository.objects.require_remembered(&target)?;
    repository.peel(name, target).map(Some)
}

/// The only commit whose id starts with these digits, or with those at the end of a description,
/// `TAG-N-gDIGITS`.
fn shortened(repository: &Repository, text: &str) -> Result<Option<CommitId>> {
    let described = text.rsplit_once("-g").map(|(_, digits)| digits);
    let Some(digits) = id_digits(described.unwrap_or(text)) else {
        return Ok(None);
    };
    let mut candidates = BTreeSet::new();
    for mpack in repository.objects.mpacks()? {
        candidates.extend(mpack.tables().commits_with_prefix(&digits, MOST_CANDIDATES));
    }
    if candidates.len() > 1 {
        let candidates = candidates.into_iter().take(MOST_CANDIDATES);
        return Err(RepositoryError::Ambiguous {
            prefix: text.to_owned(),
            candidates: candidates
                .map(|id| Ok((id, repository.objects.commit(&id)?.subject().to_owned())))
                .collect::<Result<_>>()?,
        });
    }
    Ok(candidates.pop_first())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sandbox;

    #[test]
    fn steps_are_parsed_like_gits() {
        assert_eq!(parse_steps(""), Some(vec![]));
        assert_eq!(
            parse_steps("~^^2~10^0"),
            Some(vec![
                Step::Back(1),
                Step::Parent(1),
                Step::Parent(2),
                Step::Back(10),
                Step::Parent(0)
            ])
        );
        assert_eq!(parse_steps("~99999999999"), None);
        assert_eq!(parse_steps("~x"), None);
        assert_eq!(parse_steps("^ä"), None);
    }

    #[test]
    fn a_side_of_a_range_that_is_left_out_is_head() {
        let between = |from, to| Some(RevisionRange::Between { from, to });
        let apart = |one, other| Some(RevisionRange::Apart { one, other });
        assert_eq!(split_range("a..b"), between("a", "b"));
        assert_eq!(split_range("a.."), between("a", "HEAD"));
        assert_eq!(split_range("..b"), between("HEAD", "b"));
        assert_eq!(split_range("a...b"), apart("a", "b"));
        assert_eq!(split_range("a..."), apart("a", "HEAD"));
        assert_eq!(split_range("a"), None);
    }

    #[test]
    fn the_colon_of_an_id_is_not_the_one_before_a_path() {
        assert_eq!(split_path("main"), ("main", None));
        assert_eq!(split_path("main:a/b"), ("main", Some("a/b")));
        assert_eq!(split_path("sha256:abc"), ("sha256:abc", None));
        assert_eq!(split_path("sha256:abc~1:x"), ("sha256:abc~1", Some("x")));
        assert_eq!(split_path("HEAD:"), ("HEAD", Some("")));
    }

    #[test]
    fn every_way_to_name_a_commit() {
        let sandbox = Sandbox::new();
        let unborn = sandbox.repository.resolve("HEAD");
        assert!(matches!(unborn, Err(RepositoryError::NoCommits)));
        let root = sandbox.add_commit(&[], &[("a", "1")]);
        let left = sandbox.add_commit(&[root], &[("a", "2")]);
        let right = sandbox.add_commit(&[root], &[("b", "3")]);
        let merge = sandbox.add_commit(&[left, right], &[("b", "4")]);
        sandbox.set_ref("refs/heads/main", merge);
        sandbox.set_ref("refs/heads/topic/x", left);
        sandbox.set_ref("refs/tags/v1", root);
        sandbox.set_ref("refs/tags/topic/x", root);
        sandbox.set_ref("refs/remotes/origin/main", right);
        for (revision, commit) in [
            ("HEAD", merge),
            ("@", merge),
            ("main", merge),
            ("refs/heads/main", merge),
            ("topic/x", left),
            ("v1", root),
            ("origin/main", right),
            ("main^", left),
            ("main^2", right),
            ("main^0", merge),
            ("@~", left),
            ("main~2", root),
            ("main^2~1", root),
            (&right.to_string(), right),
            (&right.to_hex()[..6].to_uppercase(), right),
            (&right.to_hex()[..4], right),
            (&format!("v1-2-g{}", right.short()), right),
            (&format!("{}^", &left.to_string()[..13]), root),
        ] {
            assert_eq!(
                sandbox.repository.resolve(revision).expect(revision),
                commit
            );
        }
        for revision in [
            "",
            "nope",
            "main~3",
            "main^3",
            "~",
            "000000",
            "main^x",
            &right.to_hex()[..3],
        ] {
            let error = sandbox.repository.resolve(revision);
            assert!(
                matches!(error, Err(RepositoryError::UnknownRevision { .. })),
                "{revision}"
            );
        }
    }
    #[test]
    fn what_an_ambiguous_id_could_be_is_listed() {
        let sandbox = Sandbox::new();
        // Two whose ids have their first four digits in common.
        let mut pair = ["363", "397"].map(|text| sandbox.add_commit(&[], &[("a", text)]));
        pair.sort_unstable();
        let digits = &pair[0].to_hex()[..4];
        let Err(RepositoryError::Ambiguous { candidates, .. }) = sandbox.repository.resolve(digits)
        else {
            panic!("{digits} is not ambiguous");
        };
        let ids: Vec<CommitId> = candidates.iter().map(|(id, _)| *id).collect();
        assert_eq!(ids, pair);
        assert_eq!(candidates[0].1, "change");
    }
}
