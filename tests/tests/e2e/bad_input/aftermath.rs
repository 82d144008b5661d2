//! What must hold after a command was ended half way, whatever it had done by then.

use std::fs;
use std::path::Path;

use super::commands::Case;
use super::starts::Start;
use super::state::State;
use super::verdict::{Verdict, ended, is_one_of, is_whole};
use super::world::{Place, World};

/// Commands that change nothing in the end, and sweep up where they have been.
const NEXT: [&str; 3] = [
    "gc -n",
    "config set --global branch.next.remote 1",
    "config unset --global branch.next.remote",
];

/// How the refs file says that a checkout is unfinished.
const CHECKOUT: &str = "CHECKOUT ";

/// What the refs file says is unfinished, and the commands that undo it.
const MARKS: [(&str, &str); 6] = [
    (CHECKOUT, "switch --abort"),
    ("\"merge\"", "merge --abort"),
    ("\"rebase\"", "rebase --abort"),
    ("\"cherry-pick\"", "cherry-pick --abort"),
    ("\"revert\"", "revert --abort"),
    ("\"stash\"", "stash pop --abort"),
];

/// The repository is whole, the next command works and sweeps up, and each ref, each file and each
/// setting is as before the command or as it makes it: at once, or when what is unfinished has been
/// undone.
pub(super) fn settle(
    world: &World,
    place: &Place<'_>,
    case: &Case,
    before: &State,
    after: &State,
) -> Verdict {
    is_whole(&place.path("work"))?;
    for next in NEXT {
        ended(&place.command(next).run(), &[0])?;
    }
    finish_beside(place, case, after)?;
    for directory in ["work/.muse/tmp", "other/.muse/tmp"] {
        if fs::read_dir(place.path(directory)).is_ok_and(|mut left| left.next().is_some()) {
            return Err(format!("temporary files are left in {directory}"));
        }
    }
    if place.state().strays(&[before, after]).is_empty() {
        return Ok(());
    }
    undo_unfinished(place)?;
    let clean = world.place(Start::Clean).state();
    is_one_of(&place.state(), &[before, after, &clean])
}

/// What a command has begun beside the repository is finished by running it again, or as the
/// repository there says.
fn finish_beside(place: &Place<'_>, case: &Case, after: &State) -> Verdict {
    if place.path("exported.git").exists() {
        ended(&place.command(case.line).run(), &[0])?;
        return is_one_of(&place.state(), &[after]);
    }
    if !place.path("other").exists() {
        return Ok(());
    }
    let refs = read(&place.path("other/.muse/refs"));
    let outcome = match refs.contains(CHECKOUT) {
        true => place.command_in("other", "switch --continue").run(),
        false => place.command(case.line).run(),
    };
    // One that had come to its end says that its directory is taken.
    ended(&outcome, &[0, 1])?;
    ended(&place.command_in("other", "gc -n").run(), &[0])?;
    is_one_of(&place.state(), &[after])
}

fn undo_unfinished(place: &Place<'_>) -> Verdict {
    for (mark, way_back) in MARKS {
        let refs = read(&place.path("work/.muse/refs"));
        if refs.contains(mark) {
            let outcome = place.command(way_back).run();
            if outcome.code != Some(0) {
                return Err(format!("`muse {way_back}`: {outcome}"));
            }
        }
    }
    Ok(())
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default()
}
