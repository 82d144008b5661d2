//! The rules of protected branches: which moves are refused, and whether the commits that a branch
//! gains are signed, and by whom. The publication checks all of it once more.

use std::collections::{HashMap, HashSet};

use muse_wire::api::push::RefUpdate;
use muse_wire::commit::{PublicKey, Signature};
use muse_wire::dag::Revwalk;
use muse_wire::id::CommitId;
use muse_wire::name::RefName;
use muse_wire::problem::ProblemCode;

use crate::error::{Error, Result};
use crate::history::CommitWindow;
use crate::store::commits::NewCommit;
use crate::store::protections::{BranchRule, Protection, SignedMove};
use crate::store::{Repo, Store};

/// How many stored commits are read at a time to see whether they are signed. One may have
/// megabytes.
const ENVELOPES_AT_A_TIME: usize = 100;

/// Checks the rules that the updates alone can break.
///
/// # Errors
/// [`Error::Problem`] names the first branch whose protection is broken.
pub(super) async fn check_moves(
    store: &Store,
    repo: &Repo,
    updates: &[RefUpdate],
) -> Result<Vec<Protection>> {
    let mut protections = store.protections(repo.id).await?;
    protections.retain(|protection| update_of(&protection.branch, updates).is_some());
    for protection in &protections {
        let update = update_of(&protection.branch, updates);
        if let Some(rule) = update.and_then(|update| protection.broken_by(update)) {
            return Err(protected(&protection.branch, rule));
        }
    }
    Ok(protections)
}

/// Checks all rules, and returns the moves whose commits had to be signed and are.
///
/// # Errors
/// [`Error::Problem`] names the first branch whose protection is broken.
pub(super) async fn check(
    store: &Store,
    repo: &Repo,
    updates: &[RefUpdate],
    new_commits: &[NewCommit],
) -> Result<Vec<SignedMove>> {
    let mut moves = Vec::new();
    for protection in check_moves(store, repo, updates).await? {
        let branch = protection.branch.clone();
        let Some(update) = update_of(&branch, updates) else {
            continue;
        };
        let (Some(rule), Some(new)) = (protection.signature_rule(update), update.new) else {
            continue;
        };
        let mut wanted = WantedSignatures::of(rule, store, repo).await?;
        let from = store.ref_target(repo.id, &branch).await?;
        let gained = gained(store, repo, from, new, new_commits).await?;
        if let Some((commit, flaw)) =
            find_flaw(&mut wanted, store, repo, &gained, new_commits).await?
        {
            let rule = rule.as_str();
            let detail = format!("{branch} {rule}, and {commit} {flaw}");
            return Err(Error::problem(ProblemCode::SignatureRequired, detail));
        }
        moves.push(SignedMove {
            branch,
            from,
            registered_keys: wanted.registered.map(|keys| keys.found),
        });
    }
    Ok(moves)
}

/// Which signatures a branch takes.
struct WantedSignatures {
    /// The keys that count; `None` where every one does.
    registered: Option<RegisteredKeys>,
}

/// Keys of those who may push.
struct RegisteredKeys {
    all: HashSet<PublicKey>,
    /// Those by which commits were found to be signed.
    found: HashSet<PublicKey>,
}

impl WantedSignatures {
    async fn of(rule: BranchRule, store: &Store, repo: &Repo) -> Result<Self> {
        let registered = match rule {
            BranchRule::RegisteredKeysOnly => Some(RegisteredKeys {
                all: store.keys_of_pushers(repo.id).await?,
                found: HashSet::new(),
            }),
            _ => None,
        };
        Ok(Self { registered })
    }

    /// What a commit with these signatures lacks, in words.
    fn flaw(&mut self, signatures: &[Signature]) -> Option<&'static str> {
        if signatures.is_empty() {
            return Some("is not signed");
        }
        let registered = self.registered.as_mut()?;
        let mut keys = signatures.iter().map(|signature| signature.public_key);
        match keys.find(|key| registered.all.contains(key)) {
            Some(key) => {
                registered.found.insert(key);
                None
            }
            None => {
                Some("has no signature by a key that somebody who may push here has registered")
            }
        }
    }
}

/// The commits that a branch gains.
async fn gained(
    store: &Store,
    repo: &Repo,
    from: Option<CommitId>,
    new: CommitId,
    new_commits: &[NewCommit],
) -> Result<Vec<CommitId>> {
    let mut window = CommitWindow::new(store, repo.id);
    let nodes = new_commits.iter().map(|one| (one.id, one.node.clone()));
    window.add_new(nodes);
    let ends: Vec<CommitId> = from.into_iter().chain([new]).collect();
    window.load(&ends).await?;
    let gained = window
        .walk(move |loaded| {
            let mut walk = Revwalk::new(loaded);
            if let Some(from) = from {
                walk.hide(from)?;
            }
            walk.push(new)?;
            walk.run()
        })
        .await?;
    Ok(gained.commits)
}

/// A commit among those that a branch gains that lacks the wanted signatures, and what it lacks.
/// A commit that is stored counts as it is stored: what a push brings beside its record is not
/// kept.
async fn find_flaw(
    wanted: &mut WantedSignatures,
    store: &Store,
    repo: &Repo,
    gained: &[CommitId],
    new_commits: &[NewCommit],
) -> Result<Option<(CommitId, &'static str)>> {
    let brought: HashMap<CommitId, &[Signature]> = new_commits
        .iter()
        .map(|commit| (commit.id, commit.envelope.signatures.as_slice()))
        .collect();
    for ids in gained.chunks(ENVELOPES_AT_A_TIME) {
        let stored = store.commit_envelopes(repo.id, ids).await?;
        for id in ids {
            let signatures = match stored.get(id) {
                Some(envelope) => &envelope.signatures,
                None => brought.get(id).copied().unwrap_or_default(),
            };
            if let Some(flaw) = wanted.flaw(signatures) {
                return Ok(Some((*id, flaw)));
            }
        }
    }
    Ok(None)
}

/// The error of an update that a protected branch does not take.
pub(super) fn protected(branch: &RefName, rule: BranchRule) -> Error {
    let code = match rule {
        BranchRule::NoForce | BranchRule::NoDeletion => ProblemCode::ProtectedBranch,
        BranchRule::SignedOnly | BranchRule::RegisteredKeysOnly => ProblemCode::SignatureRequired,
    };
    Error::problem(code, format!("{branch} {}", rule.as_str()))
}

fn update_of<'a>(branch: &RefName, updates: &'a [RefUpdate]) -> Option<&'a RefUpdate> {
    updates.iter().find(|update| update.name == *branch)
}
