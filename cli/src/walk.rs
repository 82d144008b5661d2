//! Which commits, snapshots and objects a push must send, and the mpack that holds them.
//!
//! The stop set is what the server says that it has, and what was last seen of it. Ids in it that
//! are unknown here stop nothing. The snapshot records of the remaining
//! commits are taken as they are stored, and the objects to send are those that the records add: no
//! tree is walked, except the one that is subtracted.
//!
//! * [`collect()`] decides what is sent; its cost follows the number of new commits.
//! * [`stages()`] divides what is too much for one push.
//! * [`plan_mpack`] says how large it is, [`write_mpack`] writes it, copying stored frames where it
//!   can.

mod chunks;
mod collect;
mod commits;
mod error;
mod objects;
mod pack;
mod place;
mod reorder;
mod reuse;
mod snapshots;
mod stages;
mod thin;

pub use collect::{PushSet, collect, collect_walked};
pub use commits::{heads, new_commits};
pub use error::CollectError;
pub use pack::{Form, MpackPlan, NewMpack, plan_mpack, write_mpack};
pub use stages::stages;

#[cfg(test)]
mod tests;
