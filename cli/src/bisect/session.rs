//! A bisection from its start to its end.

use muse_wire::dag::CommitGraph;
use muse_wire::id::CommitId;

use super::choose::{Left, choose};
use super::error::BisectError;
use crate::branches::{SwitchTarget, Switched, switch};
use crate::report::Reporter;
use crate::repository::{Bisection, Finding, Head, Repository, Verdict};
use crate::worktree::LocalChanges;

/// What is next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// A good and a bad commit must be known first.
    NeedsBoth {
        /// Whether a good one is known.
        has_good: bool,
        /// Whether a bad one is known.
        has_bad: bool,
    },
    /// This commit was checked out, to be tried.
    Try {
        /// The commit.
        commit: CommitId,
        /// How many commits may be the first bad one.
        left: usize,
    },
    /// This commit is the first bad one.
    Found(CommitId),
    /// The first bad one is among these, and the others cannot be tried.
    Undecided(Vec<CommitId>),
}

/// Starts a bisection.
///
/// # Errors
/// [`BisectError::AlreadyStarted`], or where local changes are in the way; then none is started.
pub fn start(
    repository: &Repository,
    bad: Option<CommitId>,
    good: Vec<CommitId>,
    reporter: &dyn Reporter,
) -> Result<Next, BisectError> {
    let mut locked = repository.lock()?;
    if locked.bisection.read()?.is_some() {
        return Err(BisectError::AlreadyStarted);
    }
    let refs = locked.refs.read()?;
    refs.refuse_unfinished()?;
    let found = |verdict| move |commit| Finding { commit, verdict };
    let bad = bad.into_iter().map(found(Verdict::Bad));
    let good = good.into_iter().map(found(Verdict::Good));
    let bisection = Bisection {
        start: refs.head().clone(),
        findings: bad.chain(good).collect(),
    };
    refuse_unrelated(&locked, &bisection)?;
    locked.write_bisection(Some(&bisection))?;
    drop(locked);
    let next = advance(repository, &bisection, reporter);
    if next.is_err() {
        repository.lock()?.write_bisection(None)?;
    }
    next
}

/// Notes what was found out about `commit`, and checks out the next one to try.
///
/// # Errors
/// [`BisectError::NotStarted`]; [`BisectError::NoAncestor`], after which nothing is noted.
pub fn judge(
    repository: &Repository,
    commit: CommitId,
    verdict: Verdict,
    reporter: &dyn Reporter,
) -> Result<Next, BisectError> {
    let mut locked = repository.lock()?;
    let mut bisection = locked.bisection.read()?.ok_or(BisectError::NotStarted)?;
    // It may be said again, once what kept the next commit from being checked out is gone.
    let finding = Finding { commit, verdict };
    bisection.findings.retain(|known| *known != finding);
    bisection.findings.push(finding);
    refuse_unrelated(&locked, &bisection)?;
    locked.write_bisection(Some(&bisection))?;
    drop(locked);
    advance(repository, &bisection, reporter)
}

/// Ends the bisection and goes back to where `HEAD` was before.
///
/// # Errors
/// [`BisectError::NotStarted`], or where local changes are in the way.
pub fn reset(repository: &Repository, reporter: &dyn Reporter) -> Result<Switched, BisectError> {
    let bisection = repository.bisection.read()?;
    let start = bisection.ok_or(BisectError::NotStarted)?.start;
    let target = match start {
        Head::Branch(name) => SwitchTarget::Branch(name.short().to_owned()),
        Head::Detached(commit) => SwitchTarget::Commit(commit.to_string()),
    };
    let switched = switch(repository, &target, LocalChanges::Keep, reporter)?;
    repository.lock()?.write_bisection(None)?;
    Ok(switched)
}

/// Good commits must be below the bad one.
fn refuse_unrelated(repository: &Repository, bisection: &Bisection) -> Result<(), BisectError> {
    let Some(bad) = bisection.bad() else {
        return Ok(());
    };
    let mut graph = CommitGraph::new(&repository.objects);
    for good in bisection.found_to_be(Verdict::Good) {
        if good == bad || !graph.is_ancestor(good, bad)? {
            return Err(BisectError::NoAncestor { good, bad });
        }
    }
    Ok(())
}

/// Checks out the next commit to try.
fn advance(
    repository: &Repository,
    bisection: &Bisection,
    reporter: &dyn Reporter,
) -> Result<Next, BisectError> {
    let good = bisection.found_to_be(Verdict::Good);
    let (Some(bad), false) = (bisection.bad(), good.is_empty()) else {
        return Ok(Next::NeedsBoth {
            has_good: !good.is_empty(),
            has_bad: bisection.bad().is_some(),
        });
    };
    let skipped = bisection.found_to_be(Verdict::Skip);
    let Left { candidates, next } = choose(&repository.objects, bad, &good, &skipped)?;
    let Some(commit) = next else {
        return Ok(match candidates.as_slice() {
            [_] | [] => Next::Found(bad),
            _ => Next::Undecided(candidates),
        });
    };
    let target = SwitchTarget::Commit(commit.to_string());
    switch(repository, &target, LocalChanges::Keep, reporter)?;
    Ok(Next::Try {
        commit,
        left: candidates.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Silent;
    use crate::testing::Sandbox;

    /// Commits of a file that counts up.
    fn counting(sandbox: &Sandbox, count: usize) -> Vec<CommitId> {
        let numbers = 0..count;
        numbers
            .map(|number| {
                sandbox.write_file("a", number.to_string());
                sandbox.commit()
            })
            .collect()
    }

    #[test]
    fn the_first_bad_commit_is_found_and_head_goes_back() {
        let sandbox = Sandbox::new();
        let commits = counting(&sandbox, 20);
        let repository = &sandbox.repository;
        let none = judge(repository, commits[0], Verdict::Good, &Silent);
        assert!(matches!(none, Err(BisectError::NotStarted)));
        let needs = start(repository, None, vec![commits[0]], &Silent).expect("started");
        assert!(matches!(needs, Next::NeedsBoth { has_bad: false, .. }));
        let again = start(repository, None, Vec::new(), &Silent);
        assert!(matches!(again, Err(BisectError::AlreadyStarted)));
        let mut next = judge(repository, commits[19], Verdict::Bad, &Silent).expect("noted");
        while let Next::Try { commit, .. } = next {
            let number: usize = sandbox.read_file("a").parse().expect("a number");
            let verdict = match number {
                13.. => Verdict::Bad,
                _ => Verdict::Good,
            };
            next = judge(repository, commit, verdict, &Silent).expect("noted");
        }
        assert_eq!(next, Next::Found(commits[13]));
        let back = reset(repository, &Silent).expect("back");
        assert!(matches!(back.head, Head::Branch(name) if name.short() == "main"));
        assert_eq!(sandbox.read_file("a"), "19");
    }

    #[test]
    fn a_good_commit_above_the_bad_one_is_refused_and_not_noted() {
        let sandbox = Sandbox::new();
        let commits = counting(&sandbox, 4);
        let repository = &sandbox.repository;
        start(repository, Some(commits[1]), Vec::new(), &Silent).expect("started");
        let refused = judge(repository, commits[2], Verdict::Good, &Silent);
        assert!(matches!(refused, Err(BisectError::NoAncestor { .. })));
        let next = judge(repository, commits[0], Verdict::Good, &Silent).expect("noted");
        assert_eq!(next, Next::Found(commits[1]));
    }

    #[test]
    fn what_cannot_be_tried_is_passed_over_or_leaves_it_open() {
        let sandbox = Sandbox::new();
        let commits = counting(&sandbox, 4);
        let repository = &sandbox.repository;
        let mut next = start(repository, Some(commits[3]), vec![commits[0]], &Silent);
        for _ in 0..2 {
            let Ok(Next::Try { commit, .. }) = next else {
                panic!("{next:?}");
            };
            next = judge(repository, commit, Verdict::Skip, &Silent);
        }
        assert_eq!(next.expect("noted"), Next::Undecided(commits[1..].to_vec()));
    }
}
