//! Whole files: taken as they are, bent from a valid one, or written of a made-up history.

use std::sync::LazyLock;

use muse_wire::id::{MpackKey, ObjectId};
use muse_wire::mpack::{Mpack, MpackError, TRAILER_BYTES, Tables, Trailer, thicken};

use crate::bend::bend;
use crate::choices::Choices;
use crate::forge::Forge;
use crate::history;
use crate::repository::REPOSITORY;
use crate::seeds::{CHEAP, LARGE, LONG, THIN};

/// The thick form of the golden file that is thin.
pub(crate) static THICK: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let thin = Mpack::from_bytes(THIN.to_vec()).expect("a golden file is valid");
    let thick = thicken(&thin, &key_of(THIN), &*REPOSITORY, Vec::new());
    thick.expect("its bases are here").out
});

/// The file that an input stands for; `None` where the writer refuses to make it.
pub(crate) fn file(input: &[u8]) -> Option<Vec<u8>> {
    let mut choices = Choices::new(input);
    let forge = match choices.byte() {
        // A file as it is: what is found elsewhere can be put into the corpus.
        255 => return Some(choices.rest().to_vec()),
        254 => Forge::open(LARGE),
        253 => Forge::open(LONG),
        number @ 128..=252 => match CHEAP[usize::from(number) % CHEAP.len()] {
            THIN => {
                let thick = tables(&THICK).expect("just written");
                Forge::open(THIN).with_unlisted(thick.objects().map(|row| row.id))
            }
            other => Forge::open(other),
        },
        _ => history::mpack(&mut choices)?,
    };
    Some(bend(forge, &mut choices))
}

/// The key of these bytes.
pub(crate) fn key_of(bytes: &[u8]) -> MpackKey {
    MpackKey::from_bytes(*ObjectId::of(bytes).as_bytes())
}

/// Reads trailer and tables of a whole file, as they are read by range of a stored one.
pub(crate) fn tables(file: &[u8]) -> Result<Tables, MpackError> {
    let start = file.len().saturating_sub(TRAILER_BYTES as usize);
    let trailer = Trailer::parse(&file[start..], file.len() as u64)?;
    let end = trailer.tables_offset + trailer.tables_bytes;
    let tables = file[trailer.tables_offset as usize..end as usize].to_vec();
    Tables::parse(tables, &trailer)
}
