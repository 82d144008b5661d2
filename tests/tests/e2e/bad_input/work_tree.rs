//! Commands that would write over what people have changed.

use std::fs;

use super::trial::{before_and_after, run, try_all};
use super::verdict::{ended, is_one_of, is_whole};

/// What lies where a command writes.
const OBSTACLE: &str = "of the user alone\n";

/// A command that is refused loses nothing, and does its work once the way is free.
#[test]
fn what_is_in_the_way_stays_or_was_to_go() {
    try_all(|world, case| {
        let (before, after) = before_and_after(world, case)?;
        let mut files = before.changed_files(&after);
        // What is changed already is what the command is about.
        files.retain(|file| case.codes.in_the_way == 0 || !case.start.changes(file));
        if files.is_empty() && case.codes.in_the_way != 0 {
            return Err("it writes no file".to_owned());
        }
        for file in files {
            let place = world.place(case.start);
            let obstacle = place.path("work").join(file);
            let original = fs::read(&obstacle).ok();
            fs::write(&obstacle, OBSTACLE).expect("writable");
            let outcome = run(&place, case);
            let wrong = |problem| format!("with {file} in the way: {problem}");
            let code = case.or_usual(case.codes.in_the_way);
            ended(&outcome, &[code]).map_err(wrong)?;
            is_whole(&place.path("work")).map_err(wrong)?;
            if case.codes.in_the_way == 0 {
                continue;
            }
            // In a conflict it is one of the two sides.
            let text = fs::read_to_string(&obstacle).unwrap_or_default();
            if !text.contains(OBSTACLE) {
                return Err(wrong(format!("it holds {text:?}")));
            }
            if code == 1 {
                match original {
                    Some(original) => fs::write(&obstacle, original),
                    None => fs::remove_file(&obstacle),
                }
                .expect("writable");
                ended(&run(&place, case), &[case.code]).map_err(wrong)?;
                is_one_of(&place.state(), &[&after]).map_err(wrong)?;
            }
        }
        Ok(())
    });
}
