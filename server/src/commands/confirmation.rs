//! Asks before something is deleted for good.

use std::io::{self, IsTerminal as _};

use super::{CommandError, print_error};

/// Has the name typed of what is to be deleted, unless `yes`. `what` says what will happen.
pub(super) fn confirm_deletion(name: &str, what: &str, yes: bool) -> Result<(), CommandError> {
    if yes {
        return Ok(());
    }
    if !io::stdin().is_terminal() {
        let what = what.to_owned();
        return Err(CommandError::Unconfirmed { what });
    }
    print_error(&format!("{what}; type its name to confirm"));
    let mut answer = String::new();
    io::stdin()
        .read_line(&mut answer)
        .map_err(CommandError::Answer)?;
    if answer.trim() == name {
        Ok(())
    } else {
        Err(CommandError::Misspelt(name.to_owned()))
    }
}
