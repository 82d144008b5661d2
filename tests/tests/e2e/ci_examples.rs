//! The examples for builds, run as the scripts that they are.

use std::time::Duration;

use muse_e2e::harness::{Backend, Invocation, Scenario, binary};
use muse_e2e::measure::CountingProxy;

const GITHUB: &str = include_str!("../../ci/github-actions.yml");
const GITLAB: &str = include_str!("../../ci/gitlab-ci.yml");

/// The block of lines below the first line that ends with `key` behind `after`.
fn block(text: &str, after: &str, key: &str) -> String {
    let (_, rest) = text.split_once(after).expect("the example has this step");
    let mut lines = rest.lines().skip_while(|line| !line.ends_with(key));
    let head = lines.next().expect("the step has a script");
    let indent = |line: &str| line.len() - line.trim_start().len();
    let depth = indent(head);
    let lines = lines.take_while(|line| line.trim().is_empty() || indent(line) > depth);
    lines
        .map(|line| format!("{}\n", line.trim_start_matches(' ')))
        .collect()
}

/// A server with a commit, seen through a network that may fail.
struct Build {
    scenario: Scenario,
    proxy: CountingProxy,
}

impl Build {
    fn new() -> Self {
        let scenario = Scenario::new(Backend::Embedded);
        let proxy = CountingProxy::start(scenario.server().base_url());
        let url = scenario.create_repo("notes");
        scenario.init("author", &url);
        scenario.commit("author", &[("a", "1"), ("sub/b", "2")], "First");
        scenario.ok("author", "push -u origin main");
        Self { scenario, proxy }
    }

    /// Runs a script as a build does: it ends with the first command that fails.
    fn script(&self, script: &str) -> Invocation {
        let programs = binary("muse");
        let programs = programs.parent().expect("a program is in a directory");
        let path = std::env::var("PATH").expect("there is one");
        let muse = self.scenario.muse(".");
        muse.env("PATH", format!("{}:{path}", programs.display()))
            .env("REPOSITORY", format!("{}/ada/notes", self.proxy.url()))
            .env("MUSE_HOST", self.proxy.url().trim_start_matches("http://"))
            .env("MUSE_AUTHOR_NAME", "Build")
            .env("MUSE_AUTHOR_EMAIL", "build@muse.example")
            .through("sh", &["-e", "-c", script])
    }

    /// What the server has, the latest commit first.
    fn subjects(&self) -> String {
        self.scenario.ok("author", "pull");
        self.scenario.ok("author", "log --format %s").stdout
    }
}

#[test]
fn a_build_pushes_what_it_changed() {
    let build = Build::new();
    build.script(&block(GITLAB, "  script:", "- |")).ok();
    assert_eq!(build.subjects(), "List the files\nFirst\n");
    let files = build.scenario.sandbox().path("author/files.txt");
    let files = std::fs::read_to_string(files).expect("it was pushed");
    assert_eq!(files, "./a\n./sub/b\n");
    // Nothing is left to do.
    std::fs::remove_dir_all(build.scenario.sandbox().path("work")).expect("it is ours");
    build.script(&block(GITLAB, "  script:", "- |")).ok();
    assert_eq!(build.subjects(), "List the files\nFirst\n");
}

#[test]
fn a_build_that_is_overtaken_or_cut_off_tries_again() {
    let build = Build::new();
    let step = |name: &str| block(GITHUB, &format!("name: {name}"), "run: |");
    let in_work = |name: &str| format!("cd work\n{}", step(name));
    let (clone, change, push) = (step("Clone"), in_work("Change"), in_work("Push"));
    build.script(&clone).ok();
    build.script(&change).ok();
    build.scenario.commit("author", &[("c", "3")], "Faster");
    build.scenario.ok("author", "push");
    build.script(&push).ok().says("fetch first");
    assert_eq!(build.subjects(), "List the files\nFaster\nFirst\n");

    build.scenario.sandbox().write("work/d", "4");
    build.script(&change).ok();
    build.proxy.cut_after_sending(0);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_secs(4));
            build.proxy.mend();
        });
        build.script(&push).ok();
    });
    let expected = "List the files\nList the files\nFaster\nFirst\n";
    assert_eq!(build.subjects(), expected);
}

#[test]
fn a_build_without_the_right_fails_loudly() {
    let build = Build::new();
    let script = block(GITLAB, "  script:", "- |");
    let script = format!("export MUSE_TOKEN=wrong\n{script}");
    build.script(&script).fails(3).says("error: ");
}
