//! Records that wait on disk until they can be written.
//!
//! An mpack starts with the number of its records, holds commits before snapshots, and a long
//! history's records are too many for memory.

use std::io::{BufReader, BufWriter, ErrorKind, Read as _, Seek as _, Write as _};

use tempfile::NamedTempFile;

use crate::repository::{Repository, RepositoryError};

/// Records that are being collected, first in, first out.
pub(super) struct Spool {
    file: BufWriter<NamedTempFile>,
}

impl Spool {
    pub(super) fn new(repository: &Repository) -> Result<Self, RepositoryError> {
        let file = repository.layout.temporary_file()?;
        Ok(Self {
            file: BufWriter::new(file),
        })
    }

    pub(super) fn push(&mut self, record: &[u8]) -> Result<(), RepositoryError> {
        let length = record.len() as u64;
        let written = self
            .file
            .write_all(&length.to_le_bytes())
            .and_then(|()| self.file.write_all(record));
        written.map_err(RepositoryError::writing(self.file.get_ref().path()))
    }

    /// Starts to read the records.
    pub(super) fn into_records(mut self) -> Result<SpooledRecords, RepositoryError> {
        // This writes out what is buffered, too.
        let rewound = self.file.rewind();
        rewound.map_err(RepositoryError::writing(self.file.get_ref().path()))?;
        let (file, _) = self.file.into_parts();
        Ok(SpooledRecords {
            file: BufReader::new(file),
        })
    }
}

/// The records of a [`Spool`], in the order in which they were pushed.
pub(super) struct SpooledRecords {
    file: BufReader<NamedTempFile>,
}

impl SpooledRecords {
    fn read(&mut self) -> std::io::Result<Option<Vec<u8>>> {
        let mut length = [0; 8];
        match self.file.read_exact(&mut length) {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
            read => read?,
        }
        let length = u64::from_le_bytes(length);
        let mut record = vec![0; length as usize];
        self.file.read_exact(&mut record)?;
        Ok(Some(record))
    }
}

impl Iterator for SpooledRecords {
    type Item = Result<Vec<u8>, RepositoryError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read()
            .map_err(RepositoryError::storage("read", self.file.get_ref().path()))
            .transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sandbox;

    #[test]
    fn records_come_back_in_order() {
        let sandbox = Sandbox::new();
        let records: Vec<_> = (0..1000).map(|n| vec![n as u8; n]).collect();
        let mut spool = Spool::new(&sandbox.repository).expect("creates");
        for record in &records {
            spool.push(record).expect("writes");
        }
        let read: Result<Vec<_>, _> = spool.into_records().expect("rewinds").collect();
        assert_eq!(read.expect("reads"), records);
    }
}
