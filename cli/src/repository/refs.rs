//! `HEAD` and all refs in one file, so that they move together: `HEAD` and where it points on the
//! first line, after it the mark of a checkout that is under way and that of an operation that
//! stopped in the middle, then lines of id and name, ascending by name.
//!
//! The file is replaced as a whole, and it is there from the start. Names that differ only in case,
//! and a branch `a` beside a branch `a/b`, would do no harm here; they are refused because they do
//! elsewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use muse_wire::id::CommitId;
use muse_wire::name::{RefName, find_ref_collision};

use super::checkout::Checkout;
use super::durable::{self, Durability};
use super::error::{RepositoryError, Result};
use super::head::{Head, HeadState};
use super::layout::Layout;
use super::reflog::{self, Operation, RefMove, Reflog};
use super::reflog_writer::append;
use super::unfinished::Unfinished;
use crate::fault;

/// What precedes where `HEAD` points.
const HEAD_PREFIX: &str = "HEAD ";
/// What precedes the mark of a checkout.
const CHECKOUT_PREFIX: &str = "CHECKOUT ";
/// What precedes an operation that stopped in the middle.
const UNFINISHED_PREFIX: &str = "UNFINISHED ";

/// `HEAD` and all refs at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refs {
    head: Head,
    checkout: Option<Checkout>,
    unfinished: Option<Unfinished>,
    commits: BTreeMap<RefName, CommitId>,
}

/// What an edit expects to find.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// Whatever there is.
    Any,
    /// No such ref.
    Absent,
    /// Exactly this commit.
    Is(CommitId),
}

/// One ref's move, creation or removal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefEdit {
    /// The ref.
    pub name: RefName,
    /// What it must be now.
    pub expected: Expected,
    /// The new value; `None` removes the ref.
    pub new: Option<CommitId>,
}

/// The refs, the reflog and `HEAD`.
#[derive(Debug)]
pub struct RefStore {
    path: PathBuf,
    reflog: PathBuf,
}

impl RefStore {
    pub(super) fn new(layout: &Layout) -> Self {
        Self {
            path: layout.refs.clone(),
            reflog: layout.reflog.clone(),
        }
    }

    /// `HEAD` and all refs as they are now.
    ///
    /// # Errors
    /// [`RepositoryError::Damaged`] if the file cannot be understood.
    pub fn read(&self) -> Result<Refs> {
        Refs::read(&self.path)
    }

    /// The commits between which refs have moved since this time, each once. They need not be
    /// here any more.
    ///
    /// # Errors
    /// If the reflog cannot be read.
    pub fn reflog_commits(&self, since: SystemTime) -> Result<BTreeSet<CommitId>> {
        Ok(self.reflog()?.commits_since(since))
    }

    /// Where `HEAD` points.
    ///
    /// # Errors
    /// [`RepositoryError::Damaged`] if the file cannot be understood.
    pub fn head(&self) -> Result<Head> {
        Ok(self.read()?.head)
    }

    /// The commit that `HEAD` names; `None` on a branch without commits.
    ///
    /// # Errors
    /// As [`RefStore::read`].
    pub fn head_commit(&self) -> Result<Option<CommitId>> {
        Ok(self.read()?.head_commit())
    }

    /// Where refs and `HEAD` have been.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn reflog(&self) -> Result<Reflog> {
        // Before the reflog, so that nothing can have moved on that it does not have.
        let refs = self.read();
        let reflog = Reflog::read(&self.reflog)?;
        Ok(match refs {
            Ok(refs) => reflog.of_what_happened(|operation| refs.are_as_left_by(operation)),
            // Then it is what tells where they were.
            Err(_) => reflog,
        })
    }
}

/// Writes the file of a repository without commits.
pub(super) fn create(layout: &Layout, head: Head) -> Result<()> {
    Refs::new(head).write(layout)
}

/// Writes the file anew as the reflog says, and returns what is in it; `None` where the reflog says
/// nothing. What was under way is not known any more.
pub(super) fn rebuild(layout: &Layout) -> Result<Option<Refs>> {
    let reflog = Reflog::read(&layout.reflog)?;
    let Some(last) = reflog.operations().next() else {
        return Ok(None);
    };
    let mut refs = Refs::new(last.new_head.head);
    let mut operations: Vec<Operation> = reflog.operations().collect();
    operations.reverse();
    for moved in operations.into_iter().flat_map(|operation| operation.moves) {
        match moved.new {
            Some(commit) => refs.commits.insert(moved.name, commit),
            None => refs.commits.remove(&moved.name),
        };
    }
    refs.write(layout)?;
    Ok(Some(refs))
}

/// Why refs move, and what follows from it.
#[derive(Debug, Clone, Copy)]
pub struct Cause<'a> {
    /// What is done, one line, for the reflog.
    pub reason: &'a str,
    /// How many operations before this one it undoes.
    pub undoes: Option<usize>,
    /// The settings of branches that go with them, by their keys.
    pub settings: Option<&'a BTreeMap<String, String>>,
    /// The operation that is unfinished afterwards. Without one, an operation that was unfinished
    /// ends when `HEAD` moves.
    pub unfinished: Option<&'a Unfinished>,
}

impl<'a> From<&'a str> for Cause<'a> {
    fn from(reason: &'a str) -> Self {
        Self {
            reason,
            undoes: None,
            settings: None,
            unfinished: None,
        }
    }
}

impl<'a> From<&'a String> for Cause<'a> {
    fn from(reason: &'a String) -> Self {
        reason.as_str().into()
    }
}

/// Makes all edits and points `HEAD` to `head`, if one is given, or changes nothing. Moves are
/// noted in the reflog.
pub(super) fn update(
    layout: &Layout,
    edits: &[RefEdit],
    head: Option<&Head>,
    cause: Cause<'_>,
) -> Result<()> {
    replace(layout, edits, cause, Files::Stay, |refs| {
        if let Some(head) = head {
            refs.head = head.clone();
        }
    })
}

/// Whether the files of the work tree go along with `HEAD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Files {
    Stay,
    Move,
}

/// Marks that `checkout` is under way, if it can be finished with these edits.
pub(super) fn begin_checkout(
    layout: &Layout,
    checkout: &Checkout,
    edits: &[RefEdit],
) -> Result<()> {
    let mut refs = Refs::read(&layout.refs)?;
    refs.refuse_unfinished_checkout()?;
    refs.apply(&with_branch(checkout, edits))?;
    replace(layout, &[], Cause::from(""), Files::Stay, |refs| {
        refs.checkout = Some(checkout.clone());
    })
}

/// Makes all edits, moves `HEAD` and its branch to where `checkout` leads, and takes the mark away.
pub(super) fn finish_checkout(
    layout: &Layout,
    checkout: &Checkout,
    edits: &[RefEdit],
    cause: Cause<'_>,
) -> Result<()> {
    let edits = with_branch(checkout, edits);
    replace(layout, &edits, cause, Files::Move, |refs| {
        refs.head = checkout.head.clone();
        refs.checkout = None;
    })
}

/// The edits with the one that moves the branch that `checkout` leads to.
fn with_branch(checkout: &Checkout, edits: &[RefEdit]) -> Vec<RefEdit> {
    let mut edits = edits.to_vec();
    if let Head::Branch(name) = &checkout.head {
        edits.push(RefEdit {
            name: name.clone(),
            expected: checkout.branch_was.map_or(Expected::Absent, Expected::Is),
            new: checkout.to,
        });
    }
    edits
}

/// Notes an operation that stopped in the middle, or goes on; or, with `None`, that it has ended.
pub(super) fn set_unfinished(layout: &Layout, unfinished: Option<&Unfinished>) -> Result<()> {
    replace(layout, &[], Cause::from(""), Files::Stay, |refs| {
        refs.unfinished = unfinished.cloned();
    })
}

/// Takes the mark of a checkout away.
pub(super) fn abandon_checkout(layout: &Layout) -> Result<()> {
    replace(layout, &[], Cause::from(""), Files::Stay, |refs| {
        refs.checkout = None;
    })
}

fn replace(
    layout: &Layout,
    edits: &[RefEdit],
    cause: Cause<'_>,
    files: Files,
    change: impl FnOnce(&mut Refs),
) -> Result<()> {
    let before = Refs::read(&layout.refs)?;
    let mut refs = before.clone();
    let moves = refs.apply(edits)?;
    change(&mut refs);
    if let Some(unfinished) = cause.unfinished {
        refs.unfinished = Some(unfinished.clone());
    } else if refs.head_state() != before.head_state() {
        refs.unfinished = None;
    }
    if refs == before {
        return Ok(());
    }
    let (old_head, new_head) = (before.head_state(), refs.head_state());
    // First the log: no move is without a record.
    let mut noted = None;
    if !moves.is_empty() || old_head != new_head {
        let operation = Operation {
            seconds: reflog::now(),
            reason: cause.reason.replace(char::is_control, " "),
            // What an unfinished operation has brought into the files goes with it.
            moved_files: files == Files::Move || before.unfinished.is_some(),
            goes_on: before.unfinished.is_some() && before.has_moved_on(),
            old_head,
            new_head,
            moves,
            settings: cause.settings.cloned().unwrap_or_default(),
            undoes: cause.undoes,
        };
        let has_happened = |last: &Operation| before.are_as_left_by(last);
        noted = Some(append(&layout.reflog, &operation, has_happened)?);
        fault::point("reflog_written");
    }
    if let Err(error) = refs.write(layout) {
        if let Some(noted) = noted {
            noted.take_back();
        }
        return Err(error);
    }
    fault::point("after_refs");
    Ok(())
}

impl Refs {
    const fn new(head: Head) -> Self {
        Self {
            head,
            checkout: None,
            unfinished: None,
            commits: BTreeMap::new(),
        }
    }

    /// Where `HEAD` points.
    pub const fn head(&self) -> &Head {
        &self.head
    }

    /// The commit that `HEAD` names; `None` on a branch without commits.
    pub fn head_commit(&self) -> Option<CommitId> {
        match &self.head {
            Head::Branch(name) => self.get(name),
            Head::Detached(commit) => Some(*commit),
        }
    }

    /// Where `HEAD` points, and the commit that it names.
    pub fn head_state(&self) -> HeadState {
        HeadState {
            head: self.head.clone(),
            commit: self.head_commit(),
        }
    }

    /// The checkout that is under way, or was interrupted.
    pub const fn checkout(&self) -> Option<&Checkout> {
        self.checkout.as_ref()
    }

    /// Fails where a checkout was interrupted: what is in the work tree belongs to two commits.
    ///
    /// # Errors
    /// [`RepositoryError::UnfinishedCheckout`].
    pub fn refuse_unfinished_checkout(&self) -> Result<()> {
        match &self.checkout {
            Some(checkout) => Err(RepositoryError::UnfinishedCheckout(checkout.head.clone())),
            None => Ok(()),
        }
    }

    /// Whether the unfinished operation has moved `HEAD` since it began.
    fn has_moved_on(&self) -> bool {
        let unfinished = self.unfinished.as_ref();
        unfinished.is_some_and(|unfinished| unfinished.start != self.head_state())
    }

    /// The operation that stopped in the middle.
    pub const fn unfinished(&self) -> Option<&Unfinished> {
        self.unfinished.as_ref()
    }

    /// Fails where a merge or the like stopped at a conflict.
    ///
    /// # Errors
    /// [`RepositoryError::Unfinished`].
    pub fn refuse_unfinished_operation(&self) -> Result<()> {
        match &self.unfinished {
            Some(unfinished) => Err(RepositoryError::Unfinished(unfinished.action)),
            None => Ok(()),
        }
    }

    /// Fails where something stopped in the middle that has to be finished or aborted first.
    ///
    /// # Errors
    /// [`RepositoryError::UnfinishedCheckout`], [`RepositoryError::Unfinished`].
    pub fn refuse_unfinished(&self) -> Result<()> {
        self.refuse_unfinished_checkout()?;
        self.refuse_unfinished_operation()
    }

    /// Whether they are where the operation left them, as they are until the next one.
    fn are_as_left_by(&self, operation: &Operation) -> bool {
        let mut moves = operation.moves.iter();
        self.head_state() == operation.new_head
            && moves.all(|moved| self.get(&moved.name) == moved.new)
    }

    /// The commit that a ref names.
    pub fn get(&self, name: &RefName) -> Option<CommitId> {
        self.commits.get(name).copied()
    }

    /// The branch, or else the tag, of a short name, or the one of a full name, and its commit.
    pub fn find_shared(&self, name: &str) -> Option<(RefName, CommitId)> {
        let candidates = [
            RefName::branch(name).ok(),
            RefName::tag(name).ok(),
            RefName::new(name).ok().filter(RefName::is_shared),
        ];
        let mut candidates = candidates.into_iter().flatten();
        candidates.find_map(|name| {
            let commit = self.get(&name)?;
            Some((name, commit))
        })
    }

    /// All refs, ascending by name.
    pub fn iter(&self) -> impl Iterator<Item = (&RefName, CommitId)> {
        self.commits.iter().map(|(name, &commit)| (name, commit))
    }

    /// All commits that must stay, with what names each: `HEAD`, refs, and what is under way.
    pub fn roots(&self) -> Vec<(String, CommitId)> {
        let head = match self.head {
            Head::Branch(_) => None,
            Head::Detached(commit) => Some(commit),
        };
        let checkout = self.checkout.iter().flat_map(|checkout| {
            let goal = match checkout.head {
                Head::Branch(_) => None,
                Head::Detached(commit) => Some(commit),
            };
            [checkout.from, checkout.to, checkout.branch_was, goal]
        });
        let named = |name: &str, commit| (name.to_owned(), commit);
        let head = head.map(|commit| named("HEAD", commit));
        let checkout = checkout.flatten();
        let checkout = checkout.map(|commit| named("the interrupted checkout", commit));
        let unfinished = self.unfinished.iter().flat_map(|unfinished| {
            let name = format!("the unfinished {}", unfinished.action);
            let commits = unfinished.commits();
            commits.map(move |commit| (name.clone(), commit))
        });
        let refs = self
            .iter()
            .map(|(name, commit)| named(name.as_str(), commit));
        let under_way = checkout.chain(unfinished);
        head.into_iter().chain(under_way).chain(refs).collect()
    }

    /// The refs whose names start with `prefix`, such as `refs/heads/` or `refs/remotes/origin/`.
    pub fn with_prefix(&self, prefix: &str) -> impl Iterator<Item = (&RefName, CommitId)> {
        self.iter()
            .filter(move |(name, _)| name.as_str().starts_with(prefix))
    }

    fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).map_err(|error| match error.kind() {
            // The file is there from the start, and it is replaced by renaming.
            ErrorKind::NotFound => RepositoryError::damaged(
                path,
                "the file is missing; what was in it, the reflog says",
            ),
            ErrorKind::InvalidData => RepositoryError::damaged(path, "it is not UTF-8"),
            _ => RepositoryError::storage("read", path)(error),
        })?;
        let mut lines = (1..).zip(text.lines());
        let head = lines
            .next()
            .and_then(|(_, line)| Head::parse(line.strip_prefix(HEAD_PREFIX)?))
            .ok_or_else(|| {
                RepositoryError::damaged(path, "it does not start with a branch or commit for HEAD")
            })?;
        let mut refs = Self::new(head);
        let mut commits = Vec::new();
        for (number, line) in lines {
            if commits.is_empty() && refs.read_mark(line) {
                continue;
            }
            let parsed = line.split_once(' ').and_then(|(commit, name)| {
                Some((RefName::new(name).ok()?, commit.parse::<CommitId>().ok()?))
            });
            commits.push(parsed.ok_or_else(|| {
                let reason = format!("line {number} is not an id and a ref name");
                RepositoryError::damaged(path, reason)
            })?);
        }
        let count = commits.len();
        // All at once, which is faster where they come in order.
        refs.commits = commits.into_iter().collect();
        if refs.commits.len() < count {
            return Err(RepositoryError::damaged(path, "it has a ref twice"));
        }
        Ok(refs)
    }

    /// Takes the mark in a line; `false` where it is none.
    fn read_mark(&mut self, line: &str) -> bool {
        if let (None, Some(mark)) = (&self.checkout, line.strip_prefix(CHECKOUT_PREFIX)) {
            self.checkout = Checkout::parse(mark);
            return self.checkout.is_some();
        }
        if let (None, Some(mark)) = (&self.unfinished, line.strip_prefix(UNFINISHED_PREFIX)) {
            self.unfinished = serde_json::from_str(mark).ok();
            return self.unfinished.is_some();
        }
        false
    }

    fn write(&self, layout: &Layout) -> Result<()> {
        durable::replace(
            &layout.refs,
            self.render().as_bytes(),
            &layout.temporary,
            Durability::Synced,
        )
    }

    /// The file's contents.
    fn render(&self) -> String {
        let mut text = format!("{HEAD_PREFIX}{}\n", self.head);
        if let Some(checkout) = &self.checkout {
            writeln!(text, "{CHECKOUT_PREFIX}{checkout}").expect("writing to a string cannot fail");
        }
        if let Some(unfinished) = &self.unfinished {
            let unfinished = serde_json::to_string(unfinished).expect("no map with other keys");
            writeln!(text, "{UNFINISHED_PREFIX}{unfinished}")
                .expect("writing to a string cannot fail");
        }
        for (name, commit) in &self.commits {
            writeln!(text, "{commit} {name}").expect("writing to a string cannot fail");
        }
        text
    }

    /// Makes all edits or fails, and returns what really moved.
    fn apply(&mut self, edits: &[RefEdit]) -> Result<Vec<RefMove>> {
        let mut after = self.commits.clone();
        let mut moves = Vec::new();
        for RefEdit {
            name,
            expected,
            new,
        } in edits
        {
            let old = after.get(name).copied();
            let wanted = match *expected {
                Expected::Any => old,
                Expected::Absent => None,
                Expected::Is(commit) => Some(commit),
            };
            if old != wanted {
                return Err(RepositoryError::RefChanged {
                    name: name.clone(),
                    expected: wanted,
                    actual: old,
                });
            }
            if old == *new {
                continue;
            }
            match *new {
                Some(commit) => after.insert(name.clone(), commit),
                None => after.remove(name),
            };
            moves.push(RefMove {
                name: name.clone(),
                old,
                new: *new,
            });
        }
        refuse_collisions(&after, &moves)?;
        self.commits = after;
        Ok(moves)
    }
}

/// Checks the names that were created. Tracking refs are called what the remote calls its branches,
/// so they are not checked.
fn refuse_collisions(after: &BTreeMap<RefName, CommitId>, moves: &[RefMove]) -> Result<()> {
    let created = moves
        .iter()
        .filter(|moved| moved.old.is_none() && moved.new.is_some() && moved.name.is_shared())
        .map(|moved| &moved.name);
    match find_ref_collision(after.keys(), created) {
        Some(collision) => Err(collision.into()),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(byte: u8) -> CommitId {
        CommitId::from_bytes([byte; 32])
    }

    fn edit(name: &str, expected: Expected, new: Option<CommitId>) -> RefEdit {
        RefEdit {
            name: RefName::new(name).expect("valid"),
            expected,
            new,
        }
    }

    fn create(name: &str) -> RefEdit {
        edit(name, Expected::Absent, Some(id(1)))
    }

    fn none() -> Refs {
        Refs::new(Head::Branch(RefName::branch("main").expect("valid")))
    }

    #[test]
    fn the_file_round_trips_and_damage_is_named() {
        let directory = tempfile::tempdir().expect("temporary directory");
        let path = directory.path().join("refs");
        let mut refs = none();
        refs.apply(&[create("refs/tags/v1"), create("refs/heads/main")])
            .expect("applies");
        fs::write(&path, refs.render()).expect("writes");
        assert_eq!(Refs::read(&path).expect("reads"), refs);
        let head = "HEAD refs/heads/main\n";
        for damage in [
            "",
            "HEAD refs/tags/v1\n",
            &format!("{} refs/heads/main\n", id(1)),
            &format!("{head}sha256:12 refs/heads/main\n"),
            &format!("{head}x"),
            &format!("{head}{}", format!("{} refs/heads/main\n", id(1)).repeat(2)),
            &refs.render().repeat(2),
        ] {
            fs::write(&path, damage).expect("writes");
            assert!(matches!(
                Refs::read(&path),
                Err(RepositoryError::Damaged { .. })
            ));
        }
        fs::write(&path, b"HEAD \xff").expect("writes");
        assert!(matches!(
            Refs::read(&path),
            Err(RepositoryError::Damaged { .. })
        ));
    }

    #[test]
    fn one_failing_edit_undoes_all() {
        let mut refs = none();
        refs.apply(&[create("refs/heads/main")]).expect("applies");
        let before = refs.clone();
        for wrong in [
            edit("refs/heads/main", Expected::Is(id(9)), Some(id(2))),
            edit("refs/heads/main", Expected::Absent, Some(id(2))),
            edit("refs/heads/gone", Expected::Is(id(1)), None),
        ] {
            let error = refs.apply(&[create("refs/heads/other"), wrong]);
            assert!(matches!(error, Err(RepositoryError::RefChanged { .. })));
            assert_eq!(refs, before);
        }
    }

    #[test]
    fn names_that_cannot_live_side_by_side_are_refused() {
        let mut refs = none();
        refs.apply(&[create("refs/heads/a/b"), create("refs/heads/Main")])
            .expect("applies");
        for wrong in [
            "refs/heads/a",
            "refs/heads/A",
            "refs/heads/a/b/c",
            "refs/heads/main",
        ] {
            let error = refs.apply(&[create(wrong)]);
            assert!(
                matches!(error, Err(RepositoryError::RefCollision(collision))
                    if collision.name.as_str() == wrong),
                "{wrong}"
            );
        }
        refs.apply(&[create("refs/heads/a-b"), create("refs/remotes/o/a/B")])
            .expect("no conflict");
        refs.apply(&[
            edit("refs/heads/Main", Expected::Any, None),
            create("refs/heads/main"),
        ])
        .expect("a rename in case alone");
    }
}
