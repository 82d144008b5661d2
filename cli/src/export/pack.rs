//! The pack that new objects are written to.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use gix::objs::Kind;
use gix::progress::Discard;
use gix::zlib::Compression;
use gix::zlib::stream::deflate;
use gix_pack::bundle::write::Options;
use gix_pack::data::Version;
use gix_pack::data::entry::Header;
use gix_pack::data::header;
use tempfile::NamedTempFile;

use super::delta::delta;
use super::error::ExportError;
use crate::git::object_id;

/// Most deltas one upon the other: each has to be applied to read the last.
pub(super) const MAX_CHAIN: u8 = 50;

/// Bytes that are written to the file at once.
const BUFFER_BYTES: usize = 1 << 20;

/// How hard new objects are compressed, as git compresses its packs.
const COMPRESSION: Compression = Compression::DEFAULT;

/// An object in the form in which a pack holds it.
pub(super) struct PackedObject {
    pub(super) id: gix::ObjectId,
    kind: Kind,
    /// The object that it is the difference to.
    base: Option<gix::ObjectId>,
    /// Bytes of the object, or of the difference.
    length: u64,
    compressed: Vec<u8>,
}

impl PackedObject {
    /// Compresses an object, as the difference to `base`, an id and its bytes, if that is short.
    pub(super) fn new(
        kind: Kind,
        id: gix::ObjectId,
        bytes: &[u8],
        base: Option<(gix::ObjectId, &[u8])>,
    ) -> io::Result<Self> {
        let difference =
            base.and_then(|(id, base)| delta(base, bytes).map(|difference| (id, difference)));
        let (base, bytes) = match &difference {
            Some((id, difference)) => (Some(*id), difference.as_slice()),
            None => (None, bytes),
        };
        let mut out = deflate::Write::new(Vec::new(), COMPRESSION);
        out.write_all(bytes)?;
        out.flush()?;
        Ok(Self {
            id,
            kind,
            base,
            length: bytes.len() as u64,
            compressed: out.into_inner(),
        })
    }
}

/// The id of a git object.
pub(super) fn git_id(kind: Kind, bytes: &[u8]) -> Result<gix::ObjectId, ExportError> {
    object_id(kind, bytes).map_err(ExportError::git("name an object of"))
}

/// Where an object is in the pack.
#[derive(Clone, Copy)]
struct Place {
    offset: u64,
    /// How many deltas have to be applied to read it.
    chain: u8,
}

/// A pack that is being written.
pub(super) struct PackWriter {
    file: BufWriter<NamedTempFile>,
    directory: PathBuf,
    offset: u64,
    places: HashMap<gix::ObjectId, Place>,
}

/// A pack that git has.
pub(super) struct InstalledPack {
    pub(super) objects: u64,
    pub(super) bytes: u64,
}

impl PackWriter {
    /// A pack that is written in `directory`.
    pub(super) fn new(directory: PathBuf) -> Result<Self, ExportError> {
        let file = NamedTempFile::new_in(&directory).map_err(ExportError::io(&directory))?;
        let mut pack = Self {
            file: BufWriter::with_capacity(BUFFER_BYTES, file),
            directory,
            offset: header::SIZE as u64,
            places: HashMap::new(),
        };
        // The number of objects is known at the end.
        pack.write(&[0; header::SIZE])?;
        Ok(pack)
    }

    /// Whether the pack has the object.
    pub(super) fn has(&self, id: &gix::ObjectId) -> bool {
        self.places.contains_key(id)
    }

    /// Whether the pack has the object, and another one may be the difference to it.
    pub(super) fn can_be_base(&self, id: &gix::ObjectId) -> bool {
        let place = self.places.get(id);
        place.is_some_and(|place| place.chain < MAX_CHAIN)
    }

    /// Adds an object, unless it is there. Its base has been added.
    pub(super) fn add(&mut self, object: &PackedObject) -> Result<(), ExportError> {
        let base = object.base.map(|base| self.places[&base]);
        let Entry::Vacant(place) = self.places.entry(object.id) else {
            return Ok(());
        };
        place.insert(Place {
            offset: self.offset,
            chain: base.map_or(0, |base| base.chain + 1),
        });
        let header = match base {
            Some(base) => Header::OfsDelta {
                base_distance: self.offset - base.offset,
            },
            None => header_of(object.kind),
        };
        self.write_header(header, object.length)?;
        self.write(&object.compressed)?;
        self.offset += object.compressed.len() as u64;
        Ok(())
    }

    /// Adds a blob of `length` bytes, which `write` writes piece by piece, unless it is there or
    /// `is_known` says that git has it. Returns its id.
    pub(super) fn add_blob<E: From<ExportError>>(
        &mut self,
        length: u64,
        write: impl FnOnce(&mut dyn io::Write) -> Result<(), E>,
        is_known: impl FnOnce(&gix::oid) -> bool,
    ) -> Result<gix::ObjectId, E> {
        let start = self.offset;
        self.write_header(Header::Blob, length)?;
        let mut hasher = gix::hash::hasher(gix::hash::Kind::Sha1);
        hasher.update(&gix::objs::encode::loose_header(Kind::Blob, length));
        let mut out = HashedBlob {
            hasher,
            out: deflate::Write::new(Counted::new(&mut self.file), COMPRESSION),
        };
        write(&mut out)?;
        let HashedBlob { hasher, mut out } = out;
        out.flush().map_err(ExportError::io(&self.directory))?;
        let written = out.into_inner().bytes;
        let id = hasher
            .try_finalize()
            .map_err(ExportError::git("name an object of"))?;
        if self.has(&id) || is_known(&id) {
            self.rewind(start)?;
            return Ok(id);
        }
        self.offset += written;
        let place = Place {
            offset: start,
            chain: 0,
        };
        self.places.insert(id, place);
        Ok(id)
    }

    /// Gives the pack and its index to the git repository whose objects are below `git_directory`;
    /// nothing if it is empty.
    pub(super) fn install(
        mut self,
        git_directory: &Path,
    ) -> Result<Option<InstalledPack>, ExportError> {
        let object_count =
            u32::try_from(self.places.len()).map_err(|_| ExportError::TooManyObjects)?;
        if object_count == 0 {
            return Ok(None);
        }
        let bytes = self.offset;
        self.rewind(0)?;
        self.write(&header::encode(Version::V2, object_count))?;
        let failed = || ExportError::io(&self.directory);
        let mut file = self
            .file
            .into_inner()
            .map_err(|error| failed()(error.into_error()))?;
        let checksum = checksum(file.as_file_mut(), bytes)?;
        file.rewind().map_err(failed())?;
        let pack = file.as_file_mut().take(bytes).chain(checksum.as_slice());
        let written = gix_pack::Bundle::write_to_directory(
            &mut BufReader::with_capacity(BUFFER_BYTES, pack),
            Some(&self.directory),
            &mut Discard,
            &AtomicBool::new(false),
            None::<gix::OdbHandle>,
            gix::hash::Kind::Sha1,
            Options::default(),
        )
        .map_err(ExportError::git("write the objects of"))?;
        // It would keep the pack from being collected, which takes weeks anyway.
        if let Some(keep) = &written.keep_path {
            fs::remove_file(keep).map_err(ExportError::io(keep))?;
        }
        let packs = git_directory.join("objects").join("pack");
        fs::create_dir_all(&packs).map_err(ExportError::io(&packs))?;
        // Git looks for indexes, so that the pack comes first.
        for path in written.data_path.iter().chain(&written.index_path) {
            let place = packs.join(path.file_name().unwrap_or_default());
            File::open(path)
                .and_then(|file| file.sync_all())
                .and_then(|()| fs::rename(path, &place))
                .map_err(ExportError::io(&place))?;
        }
        File::open(&packs)
            .and_then(|directory| directory.sync_all())
            .map_err(ExportError::io(&packs))?;
        Ok(Some(InstalledPack {
            objects: object_count.into(),
            bytes,
        }))
    }

    fn write_header(&mut self, header: Header, length: u64) -> Result<(), ExportError> {
        let written = header.write_to(length, &mut self.file);
        self.offset += written.map_err(ExportError::io(&self.directory))? as u64;
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), ExportError> {
        let written = self.file.write_all(bytes);
        written.map_err(ExportError::io(&self.directory))
    }

    /// Goes on at an earlier offset.
    fn rewind(&mut self, offset: u64) -> Result<(), ExportError> {
        self.offset = offset;
        let sought = self.file.seek(SeekFrom::Start(offset));
        sought.map(drop).map_err(ExportError::io(&self.directory))
    }
}

/// The checksum at the end of a pack: the SHA-1 of the `length` bytes before it.
fn checksum(pack: &mut File, length: u64) -> Result<gix::ObjectId, ExportError> {
    let what = "read back the objects of";
    pack.rewind().map_err(ExportError::git(what))?;
    gix::hash::bytes(
        &mut BufReader::with_capacity(BUFFER_BYTES, pack),
        length,
        gix::hash::Kind::Sha1,
        &mut Discard,
        &AtomicBool::new(false),
    )
    .map_err(ExportError::git(what))
}

const fn header_of(kind: Kind) -> Header {
    match kind {
        Kind::Blob => Header::Blob,
        Kind::Tree => Header::Tree,
        Kind::Commit => Header::Commit,
        Kind::Tag => Header::Tag,
    }
}

/// Compresses a blob, and hashes it on the way.
struct HashedBlob<W: io::Write> {
    hasher: gix::hash::Hasher,
    out: deflate::Write<W>,
}

impl<W: io::Write> io::Write for HashedBlob<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Counts what is written.
struct Counted<W> {
    out: W,
    bytes: u64,
}

impl<W> Counted<W> {
    const fn new(out: W) -> Self {
        Self { out, bytes: 0 }
    }
}

impl<W: io::Write> io::Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
