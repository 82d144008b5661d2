//! Random histories: whatever is pushed, moved, deleted, merged and collected in whatever order,
//! a clone has everything that a ref reaches, and nothing else.

use std::collections::{BTreeMap, HashSet};

use muse_wire::api::push::{Force, RefUpdate};
use muse_wire::id::CommitId;

use super::{collect, settled};
use crate::sandbox::{Client, Project, Sandbox, update};

const BRANCHES: [&str; 4] = ["main", "dev", "topic", "release"];

/// How many different contents files have: few, so that branches share them.
const CONTENTS: u64 = 24;

/// A repository, and what is expected of it.
struct Model {
    sandbox: Sandbox,
    project: Project,
    refs: BTreeMap<&'static str, CommitId>,
    /// All commits that ever were, oldest first.
    commits: Vec<CommitId>,
    seed: u64,
}

impl Model {
    /// A number below `end`.
    fn random(&mut self, end: u64) -> u64 {
        // Knuth's linear congruential generator.
        self.seed = self
            .seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.seed >> 33) % end
    }

    fn any_commit(&mut self) -> CommitId {
        let index = self.random(self.commits.len() as u64);
        self.commits[index as usize]
    }

    /// Everything below these commits.
    fn below(&self, tips: impl IntoIterator<Item = CommitId>) -> HashSet<CommitId> {
        let (mut found, mut stack) = (HashSet::new(), tips.into_iter().collect::<Vec<_>>());
        while let Some(id) = stack.pop() {
            if found.insert(id) {
                stack.extend(&self.project.commit(&id).commit.parents);
            }
        }
        found
    }

    fn reachable(&self) -> HashSet<CommitId> {
        self.below(self.refs.values().copied())
    }

    fn add_commit(&mut self, parents: &[CommitId]) -> CommitId {
        let (file, contents) = (self.random(8), self.random(CONTENTS));
        let (file, contents) = (format!("file{file}"), format!("contents {contents}"));
        // What tells commits apart that do the same.
        let own = format!("own {}", self.commits.len());
        let changes = [(&file[..], Some(&contents[..])), ("own", Some(&own[..]))];
        let id = self.project.add(parents, &changes);
        self.commits.push(id);
        id
    }

    /// Moves a branch, with a push of all commits that it does not reach already.
    async fn move_to(&mut self, branch: &'static str, to: CommitId) {
        let known = self.reachable();
        let mut new: Vec<CommitId> = self.below([to]).difference(&known).copied().collect();
        new.sort_by_key(|id| self.commits.iter().position(|other| other == id));
        let moved = RefUpdate {
            force: Force::WithLease,
            ..update(branch, self.refs.get(branch).copied(), Some(to))
        };
        let pushed = self.sandbox.push(&self.project.mpack(&new), &[moved]).await;
        pushed.expect("pushed");
        self.refs.insert(branch, to);
    }

    async fn step(&mut self) -> String {
        let branch = BRANCHES[self.random(4) as usize];
        let at = self.refs.get(branch).copied();
        match self.random(10) {
            0..=3 => {
                let base = match at {
                    Some(at) => at,
                    None => self.any_commit(),
                };
                let mut tip = self.add_commit(&[base]);
                for _ in 0..self.random(3) {
                    tip = self.add_commit(&[tip]);
                }
                self.move_to(branch, tip).await;
                format!("commit on {branch}")
            }
            4 => {
                let other = self.any_commit();
                self.move_to(branch, other).await;
                format!("force {branch}")
            }
            5 if branch != "main" => {
                if at.is_some() {
                    super::move_ref(&self.sandbox, update(branch, at, None)).await;
                    self.refs.remove(branch);
                }
                format!("delete {branch}")
            }
            6 | 7 => {
                let main = self.refs["main"];
                if let Some(at) = at
                    && at != main
                {
                    let merged = self.add_commit(&[main, at]);
                    self.move_to("main", merged).await;
                }
                format!("merge {branch}")
            }
            8 => {
                let days = if self.random(2) == 0 { 8 } else { 16 };
                // What is planned in the meantime would be out of date at once.
                settled(&self.sandbox).await;
                collect(&self.sandbox, days).await;
                format!("collect after {days} days")
            }
            _ => {
                settled(&self.sandbox).await;
                "settle".to_owned()
            }
        }
    }

    async fn check(&self) {
        let (client, _) = self.sandbox.clone_all().await;
        let reachable = self.reachable();
        for id in &self.commits {
            assert_eq!(client.has_commit(id), reachable.contains(id), "{id}");
        }
        let trees = reachable.iter().map(|id| &self.project.commit(id).tree);
        let mut needed = HashSet::new();
        for tree in trees {
            tree.for_each_object(|object| {
                needed.insert(object);
            });
        }
        let surplus = client.objects.difference(&needed).count();
        assert_eq!(surplus, 0, "objects that no ref reaches");
    }

    /// A reader who has been following a branch gets the rest of it.
    async fn follow(&self, behind: &mut Client) {
        let want: Vec<CommitId> = self.refs.values().copied().collect();
        self.sandbox.fetch(behind, &want).await;
    }
}

/// Prints each step, for whoever reads of a failure.
#[expect(
    clippy::print_stdout,
    reason = "the harness shows it where the test fails"
)]
async fn run(seed: u64, steps: usize) {
    let mut model = Model {
        sandbox: Sandbox::new().await,
        project: Project::default(),
        refs: BTreeMap::new(),
        commits: Vec::new(),
        seed,
    };
    let root = model.add_commit(&[]);
    model.move_to("main", root).await;
    let mut follower = Client::default();
    for step in 0..steps {
        let done = model.step().await;
        println!("seed {seed}, step {step}: {done}");
        model.check().await;
        if step % 5 == 0 {
            model.follow(&mut follower).await;
        }
    }
    settled(&model.sandbox).await;
    model.check().await;
    let (_, plan) = model.sandbox.clone_all().await;
    assert!(plan.mpacks.len() <= 12);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clone_has_what_refs_reach_and_nothing_else() {
    for seed in 1..=6 {
        run(seed, 40).await;
    }
}
