//! A second reader and writer of the layout, straight from `MPACK.md`: takes an mpack apart, lets a
//! test bend any field, and puts it together again with matching offsets and checksum.

use muse_wire::id::ObjectId;

type Id = [u8; 32];

/// An mpack, taken apart.
#[derive(Debug, Clone)]
pub(crate) struct Forge {
    pub(crate) version: u16,
    pub(crate) flags: u16,
    /// Objects, commits, snapshots, object bytes: the `H` frame.
    pub(crate) announced: [u64; 4],
    pub(crate) frames: Vec<ForgedFrame>,
    /// Object frames, commit frames, snapshot frames.
    pub(crate) frame_counts: [u32; 3],
    pub(crate) objects: ForgedColumns<1>,
    pub(crate) commits: ForgedColumns<7>,
    pub(crate) snapshots: ForgedColumns<2>,
    pub(crate) external_commits: Vec<Id>,
    pub(crate) external_snapshots: Vec<Id>,
    pub(crate) edges: Vec<u32>,
    pub(crate) bases: Vec<Id>,
    /// Bytes behind the last section of the tables.
    pub(crate) table_tail: Vec<u8>,
    pub(crate) end_version: u16,
}

#[derive(Debug, Clone)]
pub(crate) struct ForgedFrame {
    pub(crate) tag: u8,
    pub(crate) payload: Vec<u8>,
    /// Flags, first entry, first base, bases.
    pub(crate) words: [u32; 4],
    pub(crate) raw_bytes: u64,
    /// Added to what the row says of the payload's offset and of its stored length.
    pub(crate) row_offset_lie: u64,
    pub(crate) row_stored_lie: u64,
}

impl ForgedFrame {
    /// Replaces the payload by these bytes, honestly compressed and declared.
    pub(crate) fn hold(&mut self, raw: &[u8]) {
        self.payload = zstd::bulk::compress(raw, 3).expect("compresses");
        self.raw_bytes = raw.len() as u64;
    }

    /// What the payload decompresses to.
    pub(crate) fn raw(&self) -> Vec<u8> {
        zstd::bulk::decompress(&self.payload, self.raw_bytes as usize).expect("valid before")
    }
}

/// Ids and rows in order of the ids, offsets in file order.
#[derive(Debug, Clone)]
pub(crate) struct ForgedColumns<const WORDS: usize> {
    pub(crate) ids: Vec<Id>,
    pub(crate) rows: Vec<[u32; WORDS]>,
    pub(crate) offsets: Vec<u32>,
}

impl<const WORDS: usize> ForgedColumns<WORDS> {
    /// The row of the entry at this position of the file.
    pub(crate) fn row_at(&self, position: u32) -> usize {
        self.rows
            .iter()
            .position(|row| row[0] == position)
            .expect("there is an entry at every position")
    }

    fn take(cursor: &mut Cursor<'_>, count: u32) -> Self {
        Self {
            ids: (0..count).map(|_| cursor.take()).collect(),
            rows: (0..count)
                .map(|_| std::array::from_fn(|_| cursor.word()))
                .collect(),
            offsets: (0..count).map(|_| cursor.word()).collect(),
        }
    }

    fn put(&self, out: &mut Vec<u8>) {
        out.extend(self.ids.iter().flatten());
        for word in self.rows.iter().flatten().chain(&self.offsets) {
            out.extend_from_slice(&word.to_le_bytes());
        }
    }
}

impl Forge {
    /// Takes a valid mpack apart.
    pub(crate) fn open(file: &[u8]) -> Self {
        let trailer = &file[file.len() - 48..];
        let tables_offset = u64::from_le_bytes(trailer[..8].try_into().expect("8 bytes")) as usize;
        let mut head = Cursor(&file[8..]);
        let (version, flags) = (head.half(), head.half());
        assert_eq!((head.take(), head.long()), (*b"H", 32));
        let announced = std::array::from_fn(|_| head.long());

        let mut tables = Cursor(&file[tables_offset..file.len() - 48]);
        let counts: [u32; 10] = std::array::from_fn(|_| tables.word());
        let frame_counts = [counts[0], counts[1], counts[2]];
        let frames = (0..frame_counts.iter().sum())
            .map(|_| {
                let words = std::array::from_fn(|_| tables.word());
                let (offset, stored) = (tables.long() as usize, tables.long() as usize);
                ForgedFrame {
                    tag: file[offset - 9],
                    payload: file[offset..offset + stored].to_vec(),
                    words,
                    raw_bytes: tables.long(),
                    row_offset_lie: 0,
                    row_stored_lie: 0,
                }
            })
            .collect();
        let objects = ForgedColumns::take(&mut tables, counts[3]);
        let commits = ForgedColumns::take(&mut tables, counts[4]);
        let snapshots = ForgedColumns::take(&mut tables, counts[5]);
        let mut ids = |count: u32| (0..count).map(|_| tables.take()).collect();
        let (external_commits, external_snapshots) = (ids(counts[6]), ids(counts[7]));
        let edges = (0..counts[8]).map(|_| tables.word()).collect();
        let bases = (0..counts[9]).map(|_| tables.take()).collect();
        assert!(tables.0.is_empty());
        Self {
            version,
            flags,
            announced,
            frames,
            frame_counts,
            objects,
            commits,
            snapshots,
            external_commits,
            external_snapshots,
            edges,
            bases,
            table_tail: Vec::new(),
            end_version: 1,
        }
    }

    /// Puts the mpack together.
    pub(crate) fn build(&self) -> Vec<u8> {
        let mut file = vec![0x89, b'M', b'P', b'K', b'\r', b'\n', 0x1a, b'\n'];
        file.extend_from_slice(&self.version.to_le_bytes());
        file.extend_from_slice(&self.flags.to_le_bytes());
        put_frame_header(&mut file, b'H', 32);
        for count in self.announced {
            file.extend_from_slice(&count.to_le_bytes());
        }
        let mut rows = Vec::new();
        for frame in &self.frames {
            put_frame_header(&mut file, frame.tag, frame.payload.len());
            for word in frame.words {
                rows.extend_from_slice(&word.to_le_bytes());
            }
            for long in [
                (file.len() as u64).wrapping_add(frame.row_offset_lie),
                (frame.payload.len() as u64).wrapping_add(frame.row_stored_lie),
                frame.raw_bytes,
            ] {
                rows.extend_from_slice(&long.to_le_bytes());
            }
            file.extend_from_slice(&frame.payload);
        }
        let mut tables = Vec::new();
        for word in self.frame_counts.into_iter().chain(
            [
                self.objects.ids.len(),
                self.commits.ids.len(),
                self.snapshots.ids.len(),
                self.external_commits.len(),
                self.external_snapshots.len(),
                self.edges.len(),
                self.bases.len(),
            ]
            .map(|count| count as u32),
        ) {
            tables.extend_from_slice(&word.to_le_bytes());
        }
        tables.extend_from_slice(&rows);
        self.objects.put(&mut tables);
        self.commits.put(&mut tables);
        self.snapshots.put(&mut tables);
        tables.extend(self.external_commits.iter().flatten());
        tables.extend(self.external_snapshots.iter().flatten());
        for edge in &self.edges {
            tables.extend_from_slice(&edge.to_le_bytes());
        }
        tables.extend(self.bases.iter().flatten());
        tables.extend_from_slice(&self.table_tail);

        put_frame_header(&mut file, b'E', tables.len());
        let tables_offset = file.len() as u64;
        file.extend_from_slice(&tables);
        file.extend_from_slice(&tables_offset.to_le_bytes());
        file.extend_from_slice(ObjectId::of(&tables).as_bytes());
        file.extend_from_slice(b"MPKEND");
        file.extend_from_slice(&self.end_version.to_le_bytes());
        file
    }

    /// The frame of commits; the samples have one.
    pub(crate) fn commit_frame(&mut self) -> &mut ForgedFrame {
        let at = self.frame_counts[0] as usize;
        &mut self.frames[at]
    }

    /// The frame of snapshots; the samples have one.
    pub(crate) fn snapshot_frame(&mut self) -> &mut ForgedFrame {
        let at = (self.frame_counts[0] + self.frame_counts[1]) as usize;
        &mut self.frames[at]
    }
}

fn put_frame_header(file: &mut Vec<u8>, tag: u8, stored_bytes: usize) {
    file.push(tag);
    file.extend_from_slice(&(stored_bytes as u64).to_le_bytes());
}

/// Takes fields off the front of valid bytes.
struct Cursor<'a>(&'a [u8]);

impl Cursor<'_> {
    fn take<const N: usize>(&mut self) -> [u8; N] {
        let (field, rest) = self.0.split_first_chunk().expect("valid before");
        self.0 = rest;
        *field
    }

    fn half(&mut self) -> u16 {
        u16::from_le_bytes(self.take())
    }

    fn word(&mut self) -> u32 {
        u32::from_le_bytes(self.take())
    }

    fn long(&mut self) -> u64 {
        u64::from_le_bytes(self.take())
    }
}
