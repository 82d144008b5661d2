//! Commands in a damaged repository.

use std::fs;
use std::path::Path;

use super::aftermath::settle;
use super::trial::{before_and_after, run, try_all};
use super::verdict::{Verdict, ended, is_one_of};

#[test]
fn a_damaged_index_is_read_as_none() {
    try_all(|world, case| {
        let (_, after) = before_and_after(world, case)?;
        let place = world.place(case.start);
        fs::write(place.path("work/.muse/index"), "no index\n").expect("writable");
        ended(&run(&place, case), &[case.or_usual(case.codes.index)])?;
        is_one_of(&place.state(), &[&after])
    });
}

#[test]
fn damaged_refs_are_named_and_left_alone() {
    in_damage(
        |muse| fs::write(muse.join("refs"), "no refs\n").expect("writable"),
        |codes| codes.refs,
    );
}

#[test]
fn truncated_mpacks_are_named_and_left_alone() {
    in_damage(
        |muse| {
            for mpack in fs::read_dir(muse.join("mpacks")).expect("it is there") {
                let mpack = mpack.expect("it can be listed").path();
                let bytes = fs::read(&mpack).expect("it can be read");
                fs::remove_file(&mpack).expect("it can be removed");
                fs::write(&mpack, &bytes[..bytes.len() / 2]).expect("writable");
            }
        },
        |codes| codes.mpacks,
    );
}

/// The settings of the repository.
const SETTINGS: &str = "config.toml";

/// What is in `.muse` beside refs and mpacks.
const LISTS: [&str; 5] = [SETTINGS, "stash", "bisect", "left-out", "withheld"];

#[test]
fn what_fsck_says_is_damaged_is_named_by_who_needs_it() {
    try_all(|world, case| {
        let (before, after) = before_and_after(world, case)?;
        for list in LISTS {
            let place = world.place(case.start);
            let path = place.path("work/.muse").join(list);
            let original = fs::read(&path).ok();
            fs::write(&path, "no list\n").expect("writable");
            let outcome = run(&place, case);
            let wrong = |problem| format!("{list}: {problem}");
            let is_check = ["fsck", "verify"].contains(&case.line);
            if outcome.code == Some(case.code) && !is_check {
                continue;
            }
            // Settings are written by people, who may make mistakes.
            let code = match list {
                SETTINGS if !is_check && case.line != "fsck --repair" => 1,
                _ => 9,
            };
            ended(&outcome, &[code]).map_err(wrong)?;
            if !outcome.stderr.contains(&format!(".muse/{list}")) {
                return Err(wrong(format!("it is not named: {outcome}")));
            }
            match original {
                Some(original) => fs::write(&path, original),
                None => fs::remove_file(&path),
            }
            .expect("writable");
            settle(world, &place, case, &before, &after).map_err(wrong)?;
        }
        Ok(())
    });
}

#[test]
fn settings_of_the_user_that_cannot_be_read_are_named() {
    try_all(|world, case| {
        let place = world.place(case.start);
        fs::write(place.path("config/config.toml"), "a = 1\nno settings\n").expect("writable");
        let before = place.state();
        let outcome = run(&place, case);
        if outcome.code == Some(case.code) {
            return Ok(());
        }
        ended(&outcome, &[1])?;
        match outcome.stderr.contains("config/config.toml: line 2: ") {
            true => is_one_of(&place.state(), &[&before]),
            false => Err(format!("it is not named: {outcome}")),
        }
    });
}

/// Tries every command after `damage` to `.muse`; one that fails changes nothing.
fn in_damage(damage: impl Fn(&Path), code: impl Fn(&super::commands::Codes) -> i32) {
    try_all(|world, case| -> Verdict {
        let place = world.place(case.start);
        damage(&place.path("work/.muse"));
        let before = place.state();
        let code = code(&case.codes);
        ended(&run(&place, case), &[case.or_usual(code)])?;
        match code {
            0 => Ok(()),
            _ => is_one_of(&place.state(), &[&before]),
        }
    });
}
