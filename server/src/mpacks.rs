//! Reading stored mpacks: their tables, objects and chunks, and whole files on this machine.

mod frames;
mod local;
mod object;
mod pieces;
mod tables;
mod write;

pub(crate) use frames::{StoredFrames, most_frames_for_bases};
pub(crate) use local::LocalMpack;
pub(crate) use object::StoredObject;
pub(crate) use pieces::{MpackBytes, Pieces};
pub(crate) use tables::{
    ReadRange, names_all_records, read_stored_tables, read_tables, stored_frames,
};
pub(crate) use write::{write_error, write_mpack};
