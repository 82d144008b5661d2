//! Commands that look after a repository and its files, and take it elsewhere.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

use muse_e2e::harness::copy_directory;

use super::trial::Trial;

/// The repository of this story.
const HERE: &str = "upkeep";

/// Sets, cleans, checks, packs, exports and imports.
pub(super) fn keep(trial: &Trial) {
    trial.scenario.ok(".", "init upkeep");
    trial.commit(HERE, "a", "one\n");
    trial.commit(HERE, "b", "two\n");
    trial.scenario.ok(HERE, "tag v1");
    set(trial);
    clean(trial);
    for line in ["fsck", "verify", "gc -n", "gc"] {
        trial.prints(HERE, line);
    }
    bundle(trial);
    look_inside(trial);
    damage(trial);
    exchange_with_git(trial);
}

fn set(trial: &Trial) {
    trial.prints_nothing(HERE, "config set user.name Ada");
    trial.prints(HERE, "config get user.name");
    trial.prints(HERE, "config list");
    trial.prints_as("muse config get", HERE, "config user.name");
    trial.prints_nothing(HERE, "config unset user.name");
}

fn clean(trial: &Trial) {
    let sandbox = trial.sandbox();
    sandbox.write("upkeep/.museignore", "*.log\n");
    sandbox.write("upkeep/x.log", "ignored\n");
    let odd = PathBuf::from("upkeep").join(OsStr::from_bytes(b"caf\xe9"));
    sandbox.write(odd, "");
    trial.prints(HERE, "status --ignored");
    trial.prints(HERE, "check-ignore x.log a");
    trial.fails(HERE, "check-ignore a", 1);
    trial.prints(HERE, "clean -n -x");
    trial.prints(HERE, "clean -f -x");
}

fn bundle(trial: &Trial) {
    trial.prints(HERE, "bundle create ../new.bundle v1~1..main v1");
    trial.prints(HERE, "bundle verify ../new.bundle");
    trial.prints(HERE, "bundle list ../new.bundle");
}

/// The only mpack of a repository.
fn mpack(trial: &Trial, directory: &str) -> PathBuf {
    let listed = fs::read_dir(trial.sandbox().path(directory).join(".muse/mpacks"));
    let mut mpacks = listed.expect("there is a repository");
    mpacks.next().expect("it has one").expect("listed").path()
}

fn look_inside(trial: &Trial) {
    let path = mpack(trial, HERE);
    let prints = |line: &str| trial.prints(HERE, line);
    prints(&format!("debug mpack {}", path.display()));
    let whole = fs::read(&path).expect("readable");
    trial.sandbox().write("mpacks/whole", &whole);
    prints("debug mpack --verify ../mpacks/whole");
    let mut damaged = whole.clone();
    damaged[100] ^= 0xff;
    trial.sandbox().write("mpacks/damaged", damaged);
    trial.fails(HERE, "debug mpack --verify ../mpacks/damaged", 9);
    trial
        .sandbox()
        .write("mpacks/cut", &whole[..whole.len() - 1]);
    trial.fails(HERE, "debug mpack ../mpacks/cut", 9);
}

/// Copies that lack their mpack, or have a damaged one.
fn damage(trial: &Trial) {
    let sandbox = trial.sandbox();
    copy_directory(&sandbox.path(HERE), &sandbox.path("lacking"));
    copy_directory(&sandbox.path(HERE), &sandbox.path("damaged"));
    fs::remove_file(mpack(trial, "lacking")).expect("it is there");
    trial.fails("lacking", "fsck", 9);
    trial.fails("lacking", "verify", 9);
    let path = mpack(trial, "damaged");
    fs::remove_file(&path).expect("it is there");
    fs::write(path, "damaged").expect("writable");
    trial.fails("damaged", "fsck", 9);
}

fn exchange_with_git(trial: &Trial) {
    let sandbox = trial.sandbox();
    let git = |arguments: &[&str]| sandbox.git("git").args(arguments).ok().stdout;
    sandbox
        .git(".")
        .args(["init", "-q", "-b", "main", "git"])
        .ok();
    sandbox.write("git/a", "1\n");
    // What no snapshot holds is gone from the commit, which has another id then.
    sandbox.write(PathBuf::from("git").join(OsStr::from_bytes(b"caf\xe9")), "");
    git(&["add", "-A"]);
    git(&["commit", "-qm", "First"]);
    let commit = git(&["cat-file", "commit", "HEAD"]);
    let signed = commit.replacen("\n\n", "\ngpgsig none\n\n", 1);
    let signed = sandbox
        .git("git")
        .args(["hash-object", "-t", "commit", "-w", "--stdin"])
        .stdin(signed)
        .ok();
    git(&["branch", "signed", signed.line()]);
    trial.prints(".", "import git --skip-unrecordable git imported");
    trial.prints("imported", "export git --fast-export ../stream");
    trial.prints("imported", "export git ../exported.git");
    let args = "export git --fast-export";
    trial.fails("imported", args, 2);

    trial.commit("imported", "b", "ours\n");
    git(&["commit", "-q", "--allow-empty", "-m", "Theirs"]);
    trial.fails("imported", "export git ../git", 5);
    trial.fails(".", "import git --skip-unrecordable git imported", 5);
}
