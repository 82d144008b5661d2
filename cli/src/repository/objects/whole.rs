//! Many objects that are stored whole, read together: each frame is decompressed once.

use std::sync::Arc;

use muse_wire::id::ObjectId;
use muse_wire::mpack::{Mpack, MpackError, ObjectRow};

use super::ObjectStore;
use crate::repository::error::{RepositoryError, Result};

/// Objects that are stored whole, by the mpacks that have them.
pub struct WholeObjects<'a> {
    store: &'a ObjectStore,
    by_mpack: Vec<(Arc<Mpack>, Vec<ObjectRow>)>,
}

impl ObjectStore {
    /// Finds those of `ids` that are stored whole, and returns the others beside them.
    ///
    /// # Errors
    /// If an mpack cannot be opened.
    pub fn whole_objects(
        &self,
        ids: impl IntoIterator<Item = ObjectId>,
    ) -> Result<(WholeObjects<'_>, Vec<ObjectId>)> {
        let mpacks = self.mpacks()?;
        let mut by_mpack: Vec<_> = mpacks
            .into_iter()
            .map(|mpack| (mpack, Vec::new()))
            .collect();
        let mut others = Vec::new();
        for id in ids {
            let place = by_mpack.iter_mut().find_map(|(mpack, rows)| {
                let row = mpack.tables().find_object(&id)?;
                Some((rows, row))
            });
            match place {
                Some((rows, row)) => rows.push(row),
                None => others.push(id),
            }
        }
        let found = WholeObjects {
            store: self,
            by_mpack,
        };
        Ok((found, others))
    }
}

impl WholeObjects<'_> {
    /// Where each of them lies.
    pub fn rows(&self) -> impl Iterator<Item = &ObjectRow> {
        self.by_mpack.iter().flat_map(|(_, rows)| rows)
    }

    /// Leaves out all for which `is_wanted` says no.
    pub fn retain(&mut self, is_wanted: impl Fn(&ObjectRow) -> bool) {
        for (_, rows) in &mut self.by_mpack {
            rows.retain(&is_wanted);
        }
    }

    /// Gives the bytes of each to `each`, from several threads.
    ///
    /// # Errors
    /// What `each` gives, and [`RepositoryError::DamagedMpack`].
    pub fn read<E: From<RepositoryError> + Send>(
        self,
        each: impl Fn(&ObjectRow, &[u8]) -> std::result::Result<(), E> + Sync,
    ) -> std::result::Result<(), E> {
        for (mpack, mut rows) in self.by_mpack {
            mpack
                .read_objects(&mut rows, |row, contents| {
                    each(row, contents).map_err(ReadError::Each)
                })
                .map_err(|error| match error {
                    ReadError::Each(error) => error,
                    ReadError::Mpack(error) => self.store.damage_in(&mpack)(error).into(),
                })?;
        }
        Ok(())
    }
}

/// Why reading stopped.
enum ReadError<E> {
    Mpack(MpackError),
    Each(E),
}

impl<E> From<MpackError> for ReadError<E> {
    fn from(error: MpackError) -> Self {
        Self::Mpack(error)
    }
}
