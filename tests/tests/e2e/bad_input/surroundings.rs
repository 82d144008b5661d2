//! Commands in wrong places, and of people who are not known.

use std::fs;

use super::trial::{before_and_after, run, try_all};
use super::verdict::{ended, is_one_of};

#[test]
fn outside_of_a_repository() {
    try_all(|world, case| {
        let place = world.place(case.start);
        fs::remove_dir_all(place.path("work/.muse")).expect("it is there");
        let before = place.state();
        ended(&run(&place, case), &[case.codes.outside])?;
        match case.codes.outside {
            0 => Ok(()),
            _ => is_one_of(&place.state(), &[&before]),
        }
    });
}

#[test]
fn who_commits_must_be_known() {
    try_all(|world, case| {
        let (before, after) = before_and_after(world, case)?;
        let place = world.place(case.start);
        let command = place.command(case.line);
        let command = command.without_env("MUSE_AUTHOR_NAME");
        let outcome = command.without_env("MUSE_AUTHOR_EMAIL").run();
        if case.codes.anonymous == 0 {
            return ended(&outcome, &[case.code]);
        }
        ended(&outcome, &[case.codes.anonymous])?;
        if !outcome.stderr.contains("your e-mail address is not set") {
            return Err(format!("it does not say what is missing: {outcome}"));
        }
        is_one_of(&place.state(), &[&before, &after])
    });
}

/// Variables that commits need, with what no commit can hold, and how commands end then. Commits
/// that are made again keep their authors.
const ENVIRONMENT: [(&str, &str, &[i32]); 2] = [
    ("MUSE_COMMIT_DATE", "yesterday", &[2]),
    ("MUSE_AUTHOR_NAME", "Ada\nLovelace", &[1, 0, 12]),
];

#[test]
fn an_unusable_environment_is_named() {
    try_all(|world, case| {
        let (before, after) = before_and_after(world, case)?;
        for (name, value, codes) in ENVIRONMENT {
            let place = world.place(case.start);
            let outcome = place.command(case.line).env(name, value).run();
            let wrong = |problem| format!("{name}: {problem}");
            if case.codes.anonymous == 0 {
                ended(&outcome, &[case.code]).map_err(wrong)?;
                continue;
            }
            ended(&outcome, codes).map_err(wrong)?;
            is_one_of(&place.state(), &[&before, &after]).map_err(wrong)?;
        }
        Ok(())
    });
}
