//! Reading stored mpacks: their tables, single objects, and whole files on this machine.

mod local;
mod object;
mod tables;

pub(crate) use local::LocalMpack;
pub(crate) use object::StoredObject;
pub(crate) use tables::{ReadRange, read_stored_tables, read_tables};
