//! What the import of a git repository and the export to one agree on: how a commit here says what
//! a git commit said, and how git's bytes are made of it again.
//!
//! A git commit can be rebuilt from what a commit here says, and from the few facts about git that
//! its metadata adds. Where that would give other bytes, the metadata holds git's own.

mod commit_map;
mod lfs_note;
mod lfs_pointer;
mod lfs_store;
mod metadata;
mod object_bytes;
mod opening;
mod people;
mod ref_names;

pub(crate) use commit_map::{CommitMap, own_directory};
pub(crate) use lfs_note::{LfsNote, lfs_line, lfs_lines};
pub(crate) use lfs_pointer::LfsPointer;
pub(crate) use lfs_store::LfsStore;
pub use metadata::{
    GIT_COMMIT, GIT_COMMITTER, GIT_HEADERS, GIT_LATIN_1, GIT_LENGTHS, GIT_LFS, GIT_MODES, GIT_RAW,
    GIT_SUBMODULES, GIT_TAG,
};
pub(crate) use metadata::{modes, modes_metadata, raw_metadata, raw_tags_metadata};
pub(crate) use object_bytes::{Said, commit_bytes, object_id, tag_bytes, without_signature};
pub(crate) use opening::as_it_is;
pub(crate) use people::{is_latin_1, person_line};
pub(crate) use ref_names::{GIT_NOTES, git_ref_name, is_git_notes, ref_name_of_git};
