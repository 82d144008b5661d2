//! The repository that everything starts from, with its server.

use std::collections::BTreeMap;
use std::fs;

use muse_e2e::harness::Scenario;
use muse_e2e::workload::incompressible;

/// A key as OpenSSH writes its public half.
const PUBLIC_KEY: &str = "ssh-ed25519 \
    AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti ada@laptop\n";

/// What stands for the placeholders of a command line.
pub(super) type Words = BTreeMap<&'static str, String>;

/// Makes the repository in `directory/work` and the user's settings in `directory/config`, and a
/// repository of git beside `directory`.
pub(super) fn make(scenario: &Scenario, directory: &str) -> Words {
    let sandbox = scenario.sandbox();
    let url = scenario.create_repo("repo");
    let work = format!("{directory}/work");
    let config = sandbox.path(directory).join("config");
    fs::create_dir_all(&config).expect("the sandbox is writable");
    let muse = |line: &str| {
        let muse = sandbox.muse(&work);
        let muse = muse.env("MUSE_CONFIG_HOME", &config);
        muse.args(line.split(' ')).stdin(scenario.token()).ok()
    };
    let write = |path: &str, contents: &[u8]| {
        sandbox.write(format!("{work}/{path}"), contents);
    };
    // Of several sizes, so that disks fill up at several moments.
    let write_noise = |first_seed: u64, files: [(&str, usize); 3]| {
        for (seed, (path, length)) in (first_seed..).zip(files) {
            write(path, &incompressible(seed, length));
        }
    };

    write(".museignore", b"*.log\n");
    muse("init");
    write_noise(1, [("b", 3_000), ("deep/c", 40_000), ("gone", 50)]);
    write("a", b"main\n");
    write("own", b"main\n");
    muse("commit -m First");
    write("a", b"main, twice\n");
    muse("commit -m Second");
    muse("tag -m One v1");
    muse("switch -c topic");
    write_noise(11, [("b", 3_000), ("deep/c", 40_000), ("new", 50)]);
    fs::remove_file(sandbox.path(&work).join("gone")).expect("it was written");
    muse("commit -m Topic");
    muse("switch -c clash main");
    write("a", b"clash\n");
    muse("commit -m Clash");
    muse("switch main");
    write("a", b"main, three times\n");
    muse("commit -m Third");
    write("own", b"put aside\n");
    muse("stash");
    muse(&format!("remote add origin {url}"));
    muse("config set user.name Ada");
    muse("config set --global branch.kept.remote origin");
    muse(&format!("auth login --with-token {url}"));
    let pushed = muse("--json push -u origin main topic --transfer presign");
    let pushed: serde_json::Value = serde_json::from_str(&pushed.stdout).expect("a document");
    let job = pushed["job_id"].as_str().expect("a job did it").to_owned();

    scenario.muse(".").args(["clone", &url, "theirs"]).ok();
    sandbox.write("theirs/theirs", incompressible(21, 3_000));
    scenario.ok("theirs", "commit -m Theirs");
    scenario.ok("theirs", "push origin main");
    write("ours", b"ours\n");
    muse("commit -m Ours");
    write("ours", b"ours, twice\n");
    muse("commit -m More");

    sandbox
        .git(".")
        .args(["init", "-q", "-b", "main", "git"])
        .ok();
    sandbox.write("git/a", incompressible(31, 3_000));
    sandbox.git("git").args(["add", "."]).ok();
    sandbox.git("git").args(["commit", "-qm", "First"]).ok();

    let bundle = sandbox.path("v1.bundle");
    muse(&format!("bundle create {} v1", bundle.display()));

    let key = sandbox.write("key.pub", PUBLIC_KEY);

    let mpacks = fs::read_dir(sandbox.path(&work).join(".muse/mpacks")).expect("a repository");
    let mut names: Vec<_> = mpacks
        .map(|mpack| mpack.expect("listed").file_name())
        .collect();
    names.sort();
    let name = names.first().expect("there were commits").to_string_lossy();
    BTreeMap::from([
        ("{url}", url),
        ("{git}", sandbox.path("git").display().to_string()),
        ("{mpack}", name.trim_end_matches(".mpack").to_owned()),
        ("{job}", job),
        ("{bundle}", bundle.display().to_string()),
        ("{key}", key.display().to_string()),
    ])
}
