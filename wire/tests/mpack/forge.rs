//! A second reader and writer of the layout, straight from `MPACK.md`: takes an mpack apart, lets a
//! test bend any field, and puts it together again with matching offsets and checksum.

use std::collections::BTreeMap;

use muse_wire::id::ObjectId;

use crate::section::{Columns, Id, Section, ids, pairs, words};

const HEADER_BYTES: usize = 20;
const FRAME_HEADER_BYTES: usize = 10;
const TRAILER_BYTES: usize = 54;

/// An mpack, taken apart.
#[derive(Debug, Clone)]
pub(crate) struct Forge {
    pub(crate) version: u16,
    pub(crate) hash: u16,
    pub(crate) incompatible_flags: u32,
    pub(crate) compatible_flags: u32,
    /// Objects, commits, snapshots, object bytes, base bytes: the `H` frame.
    pub(crate) announced: [u64; 5],
    pub(crate) frames: Vec<ForgedFrame>,
    pub(crate) objects: Columns<1>,
    /// Of a thin mpack, which does not list them, as far as they are known.
    unlisted_ids: Vec<Id>,
    pub(crate) chunks: Columns<1>,
    pub(crate) commits: Columns<7>,
    pub(crate) snapshots: Columns<2>,
    pub(crate) large_ids: Vec<Id>,
    pub(crate) large_rows: Vec<u32>,
    pub(crate) external_chunks: Vec<Id>,
    pub(crate) external_commits: Vec<Id>,
    pub(crate) external_snapshots: Vec<Id>,
    pub(crate) edges: Vec<u32>,
    /// Reference and length.
    pub(crate) chunk_references: Vec<[u32; 2]>,
    /// Reference and length.
    pub(crate) bases: Vec<[u32; 2]>,
    pub(crate) base_paths: Vec<u8>,
    pub(crate) end_version: u16,
    pub(crate) end_hash: u16,
    pub(crate) end_flags: u32,
}

#[derive(Debug, Clone)]
pub(crate) struct ForgedFrame {
    pub(crate) tag: u8,
    pub(crate) codec: u8,
    pub(crate) payload: Vec<u8>,
    /// What the row says of tag, codec and the two reserved bytes.
    pub(crate) row_head: [u8; 4],
    /// First entry, first base, bases.
    pub(crate) words: [u32; 3],
    pub(crate) raw_bytes: u64,
    /// Added to what the row says of the payload's offset and of its stored length.
    pub(crate) row_offset_lie: u64,
    pub(crate) row_stored_lie: u64,
}

impl ForgedFrame {
    /// Sets the codec, in the frame's header and in its row.
    pub(crate) fn set_codec(&mut self, codec: u8) {
        self.codec = codec;
        self.row_head[1] = codec;
    }

    /// Replaces the payload by these bytes, honestly compressed and declared.
    pub(crate) fn hold(&mut self, raw: &[u8]) {
        self.set_codec(1);
        self.payload = zstd::bulk::compress(raw, 3).expect("compresses");
        self.raw_bytes = raw.len() as u64;
    }

    /// Replaces the payload by these bytes as they are, honestly declared.
    pub(crate) fn store(&mut self, raw: &[u8]) {
        self.set_codec(0);
        self.payload = raw.to_vec();
        self.raw_bytes = raw.len() as u64;
    }

    /// What the payload of a frame without bases decompresses to.
    pub(crate) fn raw(&self, ids: &[u8]) -> Vec<u8> {
        let capacity = self.raw_bytes as usize;
        match self.codec {
            0 => self.payload.clone(),
            1 => zstd::bulk::decompress(&self.payload, capacity).expect("valid before"),
            3 => {
                let decoder = zstd::stream::Decoder::with_ref_prefix(&self.payload[..], ids);
                let mut raw = Vec::new();
                std::io::copy(&mut decoder.expect("memory"), &mut raw).expect("valid before");
                raw
            }
            other => panic!("codec {other} needs contents that are not here"),
        }
    }
}

impl Forge {
    /// Takes a valid mpack apart.
    pub(crate) fn open(file: &[u8]) -> Self {
        let trailer_at = file.len() - TRAILER_BYTES;
        let mut trailer = Cursor(&file[trailer_at..]);
        let tables_offset = trailer.long() as usize;
        let _checksum: Id = trailer.take();
        let (end_flags, end_hash) = (trailer.word(), trailer.half());
        assert_eq!(trailer.take(), *b"MPKEND");
        let end_version = trailer.half();

        let mut head = Cursor(&file[8..]);
        let (version, hash) = (head.half(), head.half());
        let (incompatible_flags, compatible_flags) = (head.word(), head.word());
        assert_eq!((head.take(), head.long()), (*b"H\0", 40));
        let announced = std::array::from_fn(|_| head.long());

        let mut tables = Cursor(&file[tables_offset..trailer_at]);
        let [tag, codec] = tables.take();
        assert_eq!(tag, b'E');
        assert_eq!(tables.long() as usize, tables.0.len());
        let uncompressed;
        if codec == 1 {
            uncompressed = zstd::stream::decode_all(tables.0).expect("valid before");
            tables.0 = &uncompressed;
        }
        let count = tables.word();
        let directory: Vec<(u32, usize)> = (0..count)
            .map(|_| (tables.word(), tables.word() as usize))
            .collect();
        let mut sections = BTreeMap::new();
        for (number, length) in directory {
            let (section, rest) = tables.0.split_at(length);
            sections.insert(number, section);
            tables.0 = rest;
        }
        assert!(tables.0.is_empty());
        let section = |number: u32| sections.get(&number).copied().unwrap_or_default();
        let mut frame_rows = Cursor(section(1));
        let frames = (0..section(1).len() / 40)
            .map(|_| {
                let row_head = frame_rows.take();
                let words = std::array::from_fn(|_| frame_rows.word());
                let (offset, stored) = (frame_rows.long() as usize, frame_rows.long() as usize);
                ForgedFrame {
                    tag: file[offset - FRAME_HEADER_BYTES],
                    codec: file[offset - FRAME_HEADER_BYTES + 1],
                    payload: file[offset..offset + stored].to_vec(),
                    row_head,
                    words,
                    raw_bytes: frame_rows.long(),
                    row_offset_lie: 0,
                    row_stored_lie: 0,
                }
            })
            .collect();
        Self {
            version,
            hash,
            incompatible_flags,
            compatible_flags,
            announced,
            frames,
            objects: Columns::parse(section(2), section(10), section(11)),
            unlisted_ids: Vec::new(),
            chunks: Columns::parse(section(3), section(12), section(13)),
            commits: Columns::parse(section(5), section(14), section(15)),
            snapshots: Columns::parse(section(6), section(16), section(17)),
            large_ids: ids(section(4)),
            external_chunks: ids(section(7)),
            external_commits: ids(section(8)),
            external_snapshots: ids(section(9)),
            edges: words(section(18)),
            large_rows: words(section(19)),
            chunk_references: pairs(section(20)),
            bases: pairs(section(21)),
            base_paths: section(22).to_vec(),
            end_version,
            end_hash,
            end_flags,
        }
    }

    /// The same thin mpack, of which these are all objects. Nothing that is built depends on it.
    pub(crate) fn with_unlisted(mut self, objects: impl IntoIterator<Item = ObjectId>) -> Self {
        let ids = objects.into_iter().map(|id| *id.as_bytes());
        self.unlisted_ids = ids.collect();
        self.unlisted_ids.sort_unstable();
        self
    }

    /// The same mpack with every frame compressed on its own, so that bending an id bends nothing
    /// else.
    pub(crate) fn without_prefixes(mut self) -> Self {
        let ids = self.all_ids();
        for frame in self.frames.iter_mut().filter(|frame| frame.codec == 3) {
            let raw = frame.raw(&ids);
            frame.hold(&raw);
        }
        self
    }

    /// All ids, own and external: the prefix of codec 3.
    pub(crate) fn all_ids(&self) -> Vec<u8> {
        [
            &self.unlisted_ids,
            &self.objects.ids,
            &self.chunks.ids,
            &self.large_ids,
            &self.commits.ids,
            &self.snapshots.ids,
            &self.external_chunks,
            &self.external_commits,
            &self.external_snapshots,
        ]
        .into_iter()
        .flatten()
        .flatten()
        .copied()
        .collect()
    }

    /// Puts the mpack together.
    pub(crate) fn build(&self) -> Vec<u8> {
        self.build_sections(&self.sections())
    }

    /// The sections that are not empty.
    pub(crate) fn sections(&self) -> Vec<Section> {
        let (_, frame_rows) = self.build_frames();
        let mut sections = vec![
            Section::new(1, frame_rows),
            Section::of_ids(2, &self.objects.ids),
            Section::of_ids(3, &self.chunks.ids),
            Section::of_ids(4, &self.large_ids),
            Section::of_ids(5, &self.commits.ids),
            Section::of_ids(6, &self.snapshots.ids),
            Section::of_ids(7, &self.external_chunks),
            Section::of_ids(8, &self.external_commits),
            Section::of_ids(9, &self.external_snapshots),
            Section::of_words(10, self.objects.rows.iter().flatten()),
            Section::of_words(11, &self.objects.offsets),
            Section::of_words(12, self.chunks.rows.iter().flatten()),
            Section::of_words(13, &self.chunks.offsets),
            Section::of_words(14, self.commits.rows.iter().flatten()),
            Section::of_words(15, &self.commits.offsets),
            Section::of_words(16, self.snapshots.rows.iter().flatten()),
            Section::of_words(17, &self.snapshots.offsets),
            Section::of_words(18, &self.edges),
            Section::of_words(19, &self.large_rows),
            Section::of_words(20, self.chunk_references.iter().flatten()),
            Section::of_words(21, self.bases.iter().flatten()),
            Section::new(22, self.base_paths.clone()),
        ];
        sections.retain(|section| !section.bytes.is_empty());
        sections
    }

    /// Puts the mpack together with these sections.
    pub(crate) fn build_sections(&self, sections: &[Section]) -> Vec<u8> {
        self.build_tables(0, &Section::join(sections))
    }

    /// Puts the mpack together with this payload of the tables' frame.
    pub(crate) fn build_tables(&self, codec: u8, payload: &[u8]) -> Vec<u8> {
        let (mut file, _) = self.build_frames();
        let tables_offset = file.len() as u64;
        put_frame_header(&mut file, b'E', codec, payload.len());
        file.extend_from_slice(payload);
        file.extend_from_slice(&tables_offset.to_le_bytes());
        file.extend_from_slice(ObjectId::of(payload).as_bytes());
        file.extend_from_slice(&self.end_flags.to_le_bytes());
        file.extend_from_slice(&self.end_hash.to_le_bytes());
        file.extend_from_slice(b"MPKEND");
        file.extend_from_slice(&self.end_version.to_le_bytes());
        file
    }

    /// The file up to the tables, and the rows of its frames.
    fn build_frames(&self) -> (Vec<u8>, Vec<u8>) {
        let mut file = vec![0x89, b'M', b'P', b'K', b'\r', b'\n', 0x1a, b'\n'];
        file.extend_from_slice(&self.version.to_le_bytes());
        file.extend_from_slice(&self.hash.to_le_bytes());
        file.extend_from_slice(&self.incompatible_flags.to_le_bytes());
        file.extend_from_slice(&self.compatible_flags.to_le_bytes());
        assert_eq!(file.len(), HEADER_BYTES);
        put_frame_header(&mut file, b'H', 0, 40);
        for count in self.announced {
            file.extend_from_slice(&count.to_le_bytes());
        }
        let mut rows = Vec::new();
        for frame in &self.frames {
            put_frame_header(&mut file, frame.tag, frame.codec, frame.payload.len());
            rows.extend_from_slice(&frame.row_head);
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
        (file, rows)
    }

    /// The first frame of this kind.
    pub(crate) fn frame(&mut self, tag: u8) -> &mut ForgedFrame {
        let frame = self.frames.iter_mut().find(|frame| frame.tag == tag);
        frame.expect("the sample has such a frame")
    }
}

fn put_frame_header(file: &mut Vec<u8>, tag: u8, codec: u8, stored_bytes: usize) {
    file.extend_from_slice(&[tag, codec]);
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
