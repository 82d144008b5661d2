//! Commands that bring branches together, and stop at conflicts.

use super::trial::Trial;

/// The repository of this story.
const HERE: &str = "branches";

/// Merges, rebases, picks, reverts and stashes, with and without conflicts.
pub(super) fn bring_together(trial: &Trial) {
    trial.scenario.ok(".", "init branches");
    trial.commit(HERE, "a", "first\n");
    for branch in ["topic", "clash"] {
        trial.scenario.ok(HERE, &format!("switch -c {branch} main"));
        trial.commit(HERE, "own", branch);
        trial.commit(HERE, branch, branch);
    }
    trial.scenario.ok(HERE, "switch main");
    trial.commit(HERE, "main", "main\n");
    let prints = |line: &str| trial.prints(HERE, line);
    let stops = |line: &str| drop(trial.fails(HERE, line, 12));
    prints("merge topic");
    prints("merge topic");
    prints("rebase topic");
    stops("merge clash");
    prints("status");
    prints("resolve own");
    prints("restore --merge own");
    prints("restore --ours own");
    prints("commit -m Merged");
    prints("reset --hard HEAD~1");
    for (command, target) in [
        ("rebase", "clash"),
        ("cherry-pick", "clash~1"),
        ("merge", "clash"),
    ] {
        stops(&format!("{command} {target}"));
        prints(&format!("{command} --abort"));
    }
    stops("cherry-pick clash~1 clash");
    prints("cherry-pick --skip");
    prints("revert HEAD");
    put_aside(trial);
}

fn put_aside(trial: &Trial) {
    let prints = |line: &str| trial.prints(HERE, line);
    let change = |text: &str| drop(trial.sandbox().write("branches/a", text));
    change("aside\n");
    prints("stash");
    prints("stash list");
    prints("stash show");
    prints("stash apply");
    prints("restore a");
    prints("stash pop");
    prints("stash push -m Again");
    prints("stash drop");
    change("aside\n");
    prints("stash");
    trial.commit(HERE, "a", "clash\n");
    trial.fails(HERE, "stash pop", 12);
    prints("stash pop --abort");
    trial.fails(HERE, "stash pop", 12);
    change("settled\n");
    trial.prints_nothing(HERE, "stash pop --continue");
}
