//! Commands beside another process, dead or alive.

use std::fs::{self, File};

use muse::fault::LOCK_WAIT_VARIABLE;

use super::trial::{before_and_after, run, try_all};
use super::verdict::{ended, is_one_of, is_whole};

#[test]
fn what_a_dead_process_left_is_swept() {
    try_all(|world, case| {
        let (_, after) = before_and_after(world, case)?;
        let place = world.place(case.start);
        fs::write(place.path("work/.muse/lock"), "4000000 muse commit\n").expect("writable");
        let left = place.path("work/.muse/tmp/tmp-left");
        fs::write(&left, "half a file").expect("writable");
        ended(&run(&place, case), &[case.code])?;
        is_one_of(&place.state(), &[&after])?;
        match left.exists() && case.codes.locked != 0 {
            true => Err("the dead process's temporary file is left".to_owned()),
            false => is_whole(&place.path("work")),
        }
    });
}

#[test]
fn who_holds_the_lock_is_named() {
    try_all(|world, case| {
        let place = world.place(case.start);
        let before = place.state();
        let path = place.path("work/.muse/lock");
        let lock = File::options().write(true).open(&path);
        let lock = lock.expect("the lock file can be opened");
        lock.lock().expect("nobody else holds it");
        fs::write(&path, "4000000 muse import git\n").expect("writable");
        let outcome = place.command(case.line).env(LOCK_WAIT_VARIABLE, "20").run();
        ended(&outcome, &[case.or_usual(case.codes.locked)])?;
        if case.codes.locked == 0 {
            return Ok(());
        }
        match outcome
            .stderr
            .contains("`muse import git`, process 4000000")
        {
            true => is_one_of(&place.state(), &[&before]),
            false => Err(format!("it does not say who: {outcome}")),
        }
    });
}
