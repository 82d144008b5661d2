//! A program that uses the client as a library, without a terminal, an environment or `muse`
//! itself.

use std::collections::BTreeMap;
use std::fmt::Arguments;
use std::path::Path;
use std::sync::Mutex;

use muse::report::{Phase, Unit};
use muse::repository::Repository;
use muse::sync::{
    self, CloneOptions, Connection, FastForwardError, FetchOptions, PullError, PullSource,
    PushError, PushOptions, PushOutcome, Remote, RemoteUrl, Reporter, Secret, Silent,
};
use muse::worktree::{self, CommitDetails, CommitOptions, Follows};
use muse_e2e::harness::{Scenario, listing};
use muse_e2e::on_both_backends;
use muse_wire::commit::{Author, Timestamp};
use muse_wire::id::CommitId;

on_both_backends!(
    a_program_clones_pushes_fetches_and_pulls,
    refusals_are_typed_and_change_nothing,
);

/// Keeps what it is told.
#[derive(Default)]
struct Recorder {
    phases: Mutex<Vec<String>>,
    steps: Mutex<Vec<String>>,
}

impl Reporter for Recorder {
    fn phase(&self, label: &str, total: Option<u64>, unit: Unit) -> Box<dyn Phase> {
        let mut phases = self.phases.lock().expect("no panic");
        phases.push(label.to_owned());
        Silent.phase(label, total, unit)
    }

    fn note(&self, _text: Arguments<'_>) {}

    fn step(&self, text: Arguments<'_>) {
        self.steps.lock().expect("no panic").push(text.to_string());
    }

    fn warn(&self, text: Arguments<'_>) {
        panic!("nothing is unexpected here: {text}");
    }
}

fn connect<'a>(scenario: &Scenario, url: &str, reporter: &'a dyn Reporter) -> Remote<'a> {
    let url = RemoteUrl::parse(url).expect("the scenario's own address");
    let token = Secret::new(scenario.token());
    let server = Connection::open(url, Some(token), reporter);
    server.expect("there are threads").into()
}

fn commit(repository: &Repository, path: &str, text: &str) -> CommitId {
    std::fs::write(repository.layout.root().join(path), text).expect("writable");
    let options = CommitOptions {
        details: CommitDetails {
            author: Author {
                name: "Ada".to_owned(),
                email: "ada@example.org".to_owned(),
            },
            committed_at: Timestamp {
                seconds: 1_700_000_000,
                offset_minutes: 0,
            },
            message: format!("Write {path}"),
            metadata: BTreeMap::new(),
            signer: None,
        },
        allow_empty: false,
        follows: Follows::Head,
    };
    let mut locked = repository.lock().expect("nobody else is here");
    let committed = worktree::commit(&mut locked, options, &Silent);
    committed.expect("something changed").id
}

fn clone(origin: &Remote<'_>, root: &Path) -> Repository {
    let cloned = sync::clone(origin, root, &CloneOptions::default());
    cloned.expect("cloned").repository
}

fn a_program_clones_pushes_fetches_and_pulls(scenario: &Scenario) {
    let url = scenario.create_repo("library");
    let recorder = Recorder::default();
    let origin = connect(scenario, &url, &recorder);
    let [one, two] = ["one", "two"].map(|name| scenario.sandbox().path(name));

    let ours = clone(&origin, &one);
    let first = commit(&ours, "a", "1\n");
    let pushed = sync::push(&ours, &origin, "origin", &PushOptions::default()).expect("pushed");
    assert!(
        matches!(pushed.outcome, PushOutcome::Done(sent) if sent.counts.commits == 1),
        "one commit was sent"
    );
    assert_eq!(pushed.updates[0].new, Some(first));
    let again = sync::push(&ours, &origin, "origin", &PushOptions::default()).expect("pushed");
    assert!(matches!(again.outcome, PushOutcome::UpToDate));

    let theirs = clone(&origin, &two);
    assert_eq!(listing(&two), listing(&one));
    let second = commit(&ours, "b", "2\n");
    sync::push(&ours, &origin, "origin", &PushOptions::default()).expect("pushed");

    let fetched = sync::fetch(&theirs, &origin, "origin", &FetchOptions::default());
    let fetched = fetched.expect("fetched");
    assert_eq!((fetched.received.commits, fetched.changes.len()), (1, 1));
    assert_eq!(theirs.refs.head_commit().expect("readable"), Some(first));
    let source = PullSource::find(&theirs, None, None).expect("main follows origin");
    let pulled = sync::pull(&theirs, &origin, &source).expect("pulled");
    let moved = pulled.moved.expect("there was something");
    assert_eq!((moved.old, moved.new), (Some(first), second));
    assert_eq!(listing(&two), listing(&one));

    let steps = recorder.steps.into_inner().expect("no panic");
    assert!(steps.iter().any(|step| step.starts_with("step 1: ")));
    let phases = recorder.phases.into_inner().expect("no panic");
    for label in ["packing", "uploading", "downloading", "verifying"] {
        assert!(phases.iter().any(|phase| phase == label), "{label}");
    }
}

fn refusals_are_typed_and_change_nothing(scenario: &Scenario) {
    let url = scenario.create_repo("library");
    let origin = connect(scenario, &url, &Silent);
    let [one, two] = ["one", "two"].map(|name| scenario.sandbox().path(name));
    let ours = clone(&origin, &one);
    commit(&ours, "a", "1\n");
    sync::push(&ours, &origin, "origin", &PushOptions::default()).expect("pushed");
    let theirs = clone(&origin, &two);
    commit(&ours, "a", "ours\n");
    sync::push(&ours, &origin, "origin", &PushOptions::default()).expect("pushed");
    let head = commit(&theirs, "a", "theirs\n");

    let pushed = sync::push(&theirs, &origin, "origin", &PushOptions::default());
    assert!(matches!(pushed, Err(PushError::Diverged { .. })));
    let source = PullSource::find(&theirs, None, None).expect("main follows origin");
    match sync::pull(&theirs, &origin, &source) {
        Err(PullError::NotMoved { fetched, source }) => {
            assert!(matches!(*source, FastForwardError::Diverged { .. }));
            assert_eq!(fetched.changes.len(), 1, "the fetch stays");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(theirs.refs.head_commit().expect("readable"), Some(head));
    let text = std::fs::read_to_string(two.join("a")).expect("it is there");
    assert_eq!(text, "theirs\n");
}
