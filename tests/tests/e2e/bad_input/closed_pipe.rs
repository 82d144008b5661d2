//! Commands whose output nobody reads to its end, as in `muse log | head -1`.

use super::trial::{before_and_after, try_all};
use super::verdict::{is_one_of, is_whole};

#[test]
fn a_reader_that_has_gone_ends_a_command_quietly() {
    try_all(|world, case| {
        let (_, after) = before_and_after(world, case)?;
        let place = world.place(case.start);
        let (reader, writer) = std::io::pipe().expect("a pipe can be made");
        drop(reader);
        let mut command = place.command_of_its_own(case.line);
        let output = command.stdout(writer).output().expect("muse starts");
        let stderr = String::from_utf8_lossy(&output.stderr);
        is_whole(&place.path("work"))?;
        is_one_of(&place.state(), &[&after])?;
        let is_quiet = case.code != 0 || !stderr.contains("error");
        match output.status.code() == Some(case.code) && is_quiet {
            true => Ok(()),
            false => Err(format!("{}: {stderr}", output.status)),
        }
    });
}
