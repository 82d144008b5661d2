//! Commands that Ctrl-C ends, at any moment.

use std::cell::Cell;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use muse_e2e::harness::skip;

use super::aftermath::settle;
use super::trial::{run, try_all};
use super::verdict::ended;
use super::world::Place;

/// How many moments are tried, spread over what the command takes.
const MOMENTS: u32 = 4;

#[test]
fn an_interrupted_command_leaves_a_whole_repository() {
    let interrupted = Cell::new(0);
    try_all(|world, case| {
        let place = world.place(case.start);
        let before = place.state();
        let started = Instant::now();
        ended(&run(&place, case), &[case.code])?;
        let (duration, after) = (started.elapsed(), place.state());
        let moments = if case.writes() { MOMENTS } else { 1 };
        for moment in 1..=moments {
            let place = world.place(case.start);
            let code = interrupt(&place, case.line, duration * moment / (moments + 1));
            let wrong =
                |problem| format!("after {moment}/{} of {duration:?}: {problem}", moments + 1);
            match code {
                None => interrupted.set(interrupted.get() + 1),
                Some(code) if code == case.code => {}
                Some(code) => return Err(wrong(format!("exit code {code}"))),
            }
            settle(world, &place, case, &before, &after).map_err(wrong)?;
        }
        Ok(())
    });
    if interrupted.get() == 0 {
        skip("Ctrl-C is ignored by whoever runs the tests");
    }
}

/// Runs a command, presses Ctrl-C after a while, and gives the exit code; none where the signal
/// ended it.
fn interrupt(place: &Place<'_>, line: &str, after: Duration) -> Option<i32> {
    let mut command = place.command_of_its_own(line);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().expect("muse starts");
    std::thread::sleep(after);
    let mut kill = Command::new("kill");
    kill.arg("-INT").arg(child.id().to_string());
    kill.stderr(Stdio::null()).status().expect("kill runs");
    child.wait().expect("a child can be waited for").code()
}
