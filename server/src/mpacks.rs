//! Reading stored mpacks: their tables, single objects, many small ones, and whole files on this machine.

mod local;
mod object;
mod small_objects;
mod tables;

pub(crate) use local::LocalMpack;
pub(crate) use object::StoredObject;
pub(crate) use small_objects::read_small_objects;
pub(crate) use tables::{ReadRange, read_stored_tables, read_tables};
