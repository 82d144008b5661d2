//! Large objects of which some chunks were here before: read chunk by chunk and hashed as a whole.

use muse_wire::mpack::{LargeObjectRow, Tables, check_large_object};

use crate::repository::{Layout, ObjectStore};
use crate::sync::FetchError;
use crate::worktree::{FileWriter, PreparedFiles};

/// Checks these large objects, whose lists stand in `tables` and whose chunks are all in `objects`.
/// What `files` wants of them, and what a checkout will need of which files are `prepared`, is
/// written on the way.
///
/// # Errors
/// [`FetchError::Invalid`] if one is not what its id names, or a chunk is nowhere.
pub(super) fn check(
    layout: &Layout,
    objects: &ObjectStore,
    tables: &Tables,
    large: &[LargeObjectRow],
    files: Option<&FileWriter>,
    prepared: &mut PreparedFiles,
) -> Result<(), FetchError> {
    for row in large {
        let mut file = prepared.begin(layout, objects, &row.id, row.length)?;
        objects.read_ahead(&tables.chunk_list(row), |chunks| {
            check_large_object(
                tables,
                row,
                |_| {
                    let chunk = chunks.next().expect("it ends early with an error alone");
                    chunk.map_err(FetchError::missing)
                },
                |offset, piece| {
                    if let Some(files) = files {
                        files.object(&row.id, row.length, offset, piece)?;
                    }
                    if let Some(file) = &mut file {
                        file.write(piece)?;
                    }
                    Ok(())
                },
            )
        })??;
        if let Some(file) = file {
            prepared.keep(row.id, file);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use muse_wire::id::{ChunkId, ObjectId};
    use muse_wire::mpack::{Counts, Mpack};
    use muse_wire::path::RepoPath;
    use muse_wire::snapshot::{Change, Entry, EntryKind, Tree};

    use super::*;
    use crate::testing::Sandbox;

    const CHUNK_BYTES: usize = 1 << 20;
    const CHUNKS: usize = 5;

    /// Checks an object of five equal chunks that is said to have this id, and is in a commit's
    /// tree; returns the files that were left for its checkout.
    fn check_as(id: ObjectId) -> (Result<(), FetchError>, usize) {
        let sandbox = Sandbox::new();
        let chunk = vec![7; CHUNK_BYTES];
        let entry = Entry {
            kind: EntryKind::File,
            object: id,
        };
        let change = Change {
            path: RepoPath::new("large").expect("an allowed path"),
            entry: Some(entry),
        };
        let tree = Tree::empty().apply(&[change]).expect("one file");
        let commit = sandbox.add_tree(&tree);
        let repository = &sandbox.repository;
        let counts = Counts {
            objects: 1,
            object_bytes: (CHUNKS * CHUNK_BYTES) as u64,
            ..Counts::default()
        };
        let mut pending = repository.objects.new_mpack(counts).expect("started");
        let chunk_id = ChunkId::of(&chunk);
        let list = vec![(chunk_id, CHUNK_BYTES as u32); CHUNKS];
        pending
            .writer()
            .add_chunk(chunk_id, &chunk)
            .expect("written");
        pending.writer().add_chunk_list(id, list).expect("written");
        pending.install().expect("installed");
        let mpacks = repository.objects.mpacks().expect("readable");
        let with_list = |mpack: &&std::sync::Arc<Mpack>| mpack.tables().has_object(&id);
        let tables = mpacks.iter().find(with_list).expect("installed").tables();
        let large: Vec<LargeObjectRow> = tables.large_objects().collect();
        let mut prepared = PreparedFiles::for_checkout(None, commit);
        let (layout, objects) = (&repository.layout, &repository.objects);
        let checked = check(layout, objects, tables, &large, None, &mut prepared);
        let temporary = layout.temporary_dir().read_dir().expect("there");
        (checked, temporary.count())
    }

    #[test]
    fn only_a_file_that_hashes_to_its_id_is_prepared() {
        let (checked, prepared) = check_as(ObjectId::of(&vec![7; CHUNKS * CHUNK_BYTES]));
        checked.expect("it is what its id names");
        assert_eq!(prepared, 1);
        let (checked, prepared) = check_as(ObjectId::of(b"something else"));
        assert!(
            matches!(checked, Err(FetchError::Invalid(_))),
            "{checked:?}"
        );
        assert_eq!(prepared, 0);
    }
}
