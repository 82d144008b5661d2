//! The sections of forged tables: their bytes, and what stands in them.

pub(crate) type Id = [u8; 32];

/// One section, and what the directory says of it.
#[derive(Debug, Clone)]
pub(crate) struct Section {
    pub(crate) number: u32,
    /// What the directory says.
    pub(crate) length: u32,
    pub(crate) bytes: Vec<u8>,
}

impl Section {
    pub(crate) fn new(number: u32, bytes: Vec<u8>) -> Self {
        Self {
            number,
            length: bytes.len() as u32,
            bytes,
        }
    }

    pub(crate) fn of_ids(number: u32, ids: &[Id]) -> Self {
        Self::new(number, ids.concat())
    }

    pub(crate) fn of_words<'a>(number: u32, words: impl IntoIterator<Item = &'a u32>) -> Self {
        let bytes = words.into_iter().flat_map(|word| word.to_le_bytes());
        Self::new(number, bytes.collect())
    }

    /// The directory and the sections behind it.
    pub(crate) fn join(sections: &[Self]) -> Vec<u8> {
        let mut tables = (sections.len() as u32).to_le_bytes().to_vec();
        for section in sections {
            tables.extend_from_slice(&section.number.to_le_bytes());
            tables.extend_from_slice(&section.length.to_le_bytes());
        }
        tables.extend(sections.iter().flat_map(|section| &section.bytes));
        tables
    }
}

/// Ids and rows in order of the ids, offsets in file order.
#[derive(Debug, Clone)]
pub(crate) struct Columns<const WORDS: usize> {
    pub(crate) ids: Vec<Id>,
    pub(crate) rows: Vec<[u32; WORDS]>,
    pub(crate) offsets: Vec<u32>,
}

impl<const WORDS: usize> Columns<WORDS> {
    pub(crate) fn parse(id_bytes: &[u8], rows: &[u8], offsets: &[u8]) -> Self {
        Self {
            ids: ids(id_bytes),
            rows: words(rows).as_chunks().0.to_vec(),
            offsets: words(offsets),
        }
    }

    /// The row of the entry at this position of the file.
    pub(crate) fn row_at(&self, position: u32) -> usize {
        self.rows
            .iter()
            .position(|row| row[0] == position)
            .expect("there is an entry at every position")
    }
}

pub(crate) fn ids(bytes: &[u8]) -> Vec<Id> {
    bytes.as_chunks().0.to_vec()
}

pub(crate) fn words(bytes: &[u8]) -> Vec<u32> {
    let words = bytes.as_chunks().0.iter();
    words.map(|word| u32::from_le_bytes(*word)).collect()
}

pub(crate) fn pairs(bytes: &[u8]) -> Vec<[u32; 2]> {
    words(bytes).as_chunks().0.to_vec()
}
