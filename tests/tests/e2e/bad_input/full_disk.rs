//! Commands on a disk that is full, or fills up on the way.
//!
//! A limit on the size of files stands for the disk: it needs no rights, and a write that goes too
//! far fails at whatever byte that is.

use super::aftermath::settle;
use super::trial::{before_and_after, try_all};
use super::verdict::ended;

/// What a file may grow to, in the shell's blocks of 512 or 1024 bytes.
const LIMITS: [&str; 4] = ["0", "1", "4", "16"];

/// Without the signal, a write that goes too far fails as it does on a full disk.
const LIMITED: &str = "trap '' XFSZ; ulimit -f \"$0\" && exec \"$@\"";

#[test]
fn what_does_not_fit_is_said() {
    try_all(|world, case| {
        let (before, after) = before_and_after(world, case)?;
        for limit in LIMITS {
            let place = world.place(case.start);
            let command = place.command(case.line);
            let outcome = command.through("sh", &["-c", LIMITED, limit]).run();
            let wrong = |problem| format!("limit {limit}: {problem}");
            let may_be = match case.codes.full_disk {
                0 => vec![case.code],
                code if limit == LIMITS[0] => vec![code],
                code => vec![code, case.code],
            };
            ended(&outcome, &may_be).map_err(wrong)?;
            if !case.writes() {
                break;
            }
            settle(world, &place, case, &before, &after).map_err(wrong)?;
        }
        Ok(())
    });
}
