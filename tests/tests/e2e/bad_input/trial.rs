//! Goes through the table.

use muse_e2e::harness::Outcome;

use super::commands::{CASES, Case};
use super::state::State;
use super::verdict::{Verdict, ended};
use super::world::{Place, World};

/// Tries every command of the table, and names all that are wrong.
pub(super) fn try_all(check: impl Fn(&World, &Case) -> Verdict) {
    let world = World::new();
    let wrong: Vec<String> = CASES
        .iter()
        .filter_map(|case| {
            let problem = check(&world, case).err()?;
            Some(format!("`muse {}`: {problem}", case.line))
        })
        .collect();
    assert!(
        wrong.is_empty(),
        "{} commands:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// Runs the command of a case.
pub(super) fn run(place: &Place<'_>, case: &Case) -> Outcome {
    place.command(case.line).run()
}

/// What a command finds, and what it makes of that where nothing is wrong.
pub(super) fn before_and_after(world: &World, case: &Case) -> Result<(State, State), String> {
    let place = world.place(case.start);
    let before = place.state();
    ended(&run(&place, case), &[case.code])?;
    Ok((before, place.state()))
}
