//! Names of blobs: `AREA/REPO-ID/HEX`, and `AREA/REPO-ID/HEX.UUID` where an area may hold several
//! blobs of one mpack. Nothing else is a blob's name, so no name can lead out of the store's
//! directory.

use std::fmt;
use std::str::FromStr;

use muse_wire::id::{ID_BYTES, ID_PREFIX, MpackKey, PartId, hex};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The part of the store that a blob lies in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum BlobArea {
    /// What clients uploaded, not yet verified.
    Uploads,
    /// Parts of uploads that come in parts, each under its own digest.
    Parts,
    /// Uploads that are being verified: one for each attempt, which no presigned PUT reaches.
    Pinned,
    /// Mpacks whose bytes were verified; written once.
    Mpacks,
    /// Thin forms in which mpacks were pushed, under the keys of the mpacks.
    Thin,
    /// Mpacks that the server built for fetches: one for each build.
    Built,
    /// Mpacks that failed verification.
    Quarantine,
}

impl BlobArea {
    /// Every area.
    pub const ALL: [Self; 7] = [
        Self::Uploads,
        Self::Parts,
        Self::Pinned,
        Self::Mpacks,
        Self::Thin,
        Self::Built,
        Self::Quarantine,
    ];

    /// Whether blobs stay under their keys with the same bytes for as long as the repository needs
    /// them.
    pub const fn is_lasting(self) -> bool {
        match self {
            Self::Mpacks | Self::Thin => true,
            Self::Uploads | Self::Parts | Self::Pinned | Self::Built | Self::Quarantine => false,
        }
    }

    /// First component of the key.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Uploads => "uploads",
            Self::Parts => "parts",
            Self::Pinned => "pinned",
            Self::Mpacks => "mpacks",
            Self::Thin => "thin",
            Self::Built => "built",
            Self::Quarantine => "quarantine",
        }
    }
}

/// The name of one blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct BlobKey {
    area: BlobArea,
    repo_id: Uuid,
    /// SHA-256 of the mpack or of the part.
    digest: [u8; ID_BYTES],
    /// Tells blobs of one mpack apart, in areas that may hold several.
    instance: Option<Uuid>,
}

/// The text is no blob's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a blob key")]
pub struct ParseBlobKeyError;

impl BlobKey {
    /// Where a client uploads this mpack.
    pub const fn upload(repo_id: Uuid, mpack: MpackKey) -> Self {
        Self::new(BlobArea::Uploads, repo_id, mpack)
    }

    /// Where a client uploads this part of an mpack.
    pub const fn part(repo_id: Uuid, part: PartId) -> Self {
        Self {
            area: BlobArea::Parts,
            repo_id,
            digest: *part.as_bytes(),
            instance: None,
        }
    }

    /// Where the attempt of this id keeps an upload while it verifies it.
    pub const fn pinned(repo_id: Uuid, mpack: MpackKey, attempt: Uuid) -> Self {
        Self {
            instance: Some(attempt),
            ..Self::new(BlobArea::Pinned, repo_id, mpack)
        }
    }

    /// Where this mpack is kept.
    pub const fn mpack(repo_id: Uuid, mpack: MpackKey) -> Self {
        Self::new(BlobArea::Mpacks, repo_id, mpack)
    }

    /// Where the thin form of this mpack is kept.
    pub const fn thin(repo_id: Uuid, mpack: MpackKey) -> Self {
        Self::new(BlobArea::Thin, repo_id, mpack)
    }

    /// Where the build of this id keeps the mpack that it gave.
    pub const fn built(repo_id: Uuid, mpack: MpackKey, build: Uuid) -> Self {
        Self {
            instance: Some(build),
            ..Self::new(BlobArea::Built, repo_id, mpack)
        }
    }

    /// Where this mpack goes if it fails verification.
    pub const fn quarantined(repo_id: Uuid, mpack: MpackKey) -> Self {
        Self::new(BlobArea::Quarantine, repo_id, mpack)
    }

    const fn new(area: BlobArea, repo_id: Uuid, mpack: MpackKey) -> Self {
        Self {
            area,
            repo_id,
            digest: *mpack.as_bytes(),
            instance: None,
        }
    }

    /// The part of the store that it lies in.
    pub const fn area(&self) -> BlobArea {
        self.area
    }

    /// The repository that it belongs to.
    pub const fn repo_id(&self) -> Uuid {
        self.repo_id
    }

    /// The attempt or the build that it belongs to.
    pub const fn instance(&self) -> Option<Uuid> {
        self.instance
    }

    /// The mpack that it holds, or claims to hold; of a part, nothing but its digest.
    pub const fn mpack_key(&self) -> MpackKey {
        MpackKey::from_bytes(self.digest)
    }

    /// The SHA-256 that its bytes have, or are said to have.
    pub const fn digest(&self) -> &[u8; ID_BYTES] {
        &self.digest
    }
}

impl fmt::Display for BlobKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let area = self.area.as_str();
        write!(f, "{area}/{}/{}", self.repo_id, hex(&self.digest))?;
        match self.instance {
            Some(instance) => write!(f, ".{instance}"),
            None => Ok(()),
        }
    }
}

impl From<BlobKey> for String {
    fn from(key: BlobKey) -> Self {
        key.to_string()
    }
}

impl TryFrom<String> for BlobKey {
    type Error = ParseBlobKeyError;

    fn try_from(text: String) -> Result<Self, ParseBlobKeyError> {
        text.parse()
    }
}

impl FromStr for BlobKey {
    type Err = ParseBlobKeyError;

    fn from_str(text: &str) -> Result<Self, ParseBlobKeyError> {
        let mut parts = text.split('/');
        let mut next = || parts.next().ok_or(ParseBlobKeyError);
        let area = next()?;
        let area = BlobArea::ALL
            .into_iter()
            .find(|known| known.as_str() == area)
            .ok_or(ParseBlobKeyError)?;
        let repo_id = Uuid::parse_str(next()?).map_err(|_| ParseBlobKeyError)?;
        let name = next()?;
        let (hex, instance) = match (area, name.split_once('.')) {
            (BlobArea::Pinned | BlobArea::Built, Some((hex, instance))) => (hex, Some(instance)),
            (
                BlobArea::Uploads
                | BlobArea::Parts
                | BlobArea::Mpacks
                | BlobArea::Thin
                | BlobArea::Quarantine,
                None,
            ) => (name, None),
            _ => return Err(ParseBlobKeyError),
        };
        let instance = instance.map(Uuid::parse_str).transpose();
        let mpack = format!("{ID_PREFIX}{hex}").parse();
        let key = Self {
            instance: instance.map_err(|_| ParseBlobKeyError)?,
            ..Self::new(area, repo_id, mpack.map_err(|_| ParseBlobKeyError)?)
        };
        // A UUID has several spellings; a key has only one, and nothing may follow it.
        if key.to_string() == text {
            Ok(key)
        } else {
            Err(ParseBlobKeyError)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_key_reads_back() {
        let (repo_id, instance) = (Uuid::from_u128(7), Uuid::from_u128(8));
        let mpack = MpackKey::from_bytes([9; 32]);
        for key in [
            BlobKey::upload(repo_id, mpack),
            BlobKey::part(repo_id, PartId::from_bytes([7; 32])),
            BlobKey::pinned(repo_id, mpack, instance),
            BlobKey::mpack(repo_id, mpack),
            BlobKey::thin(repo_id, mpack),
            BlobKey::built(repo_id, mpack, instance),
            BlobKey::quarantined(repo_id, mpack),
        ] {
            assert_eq!(key.to_string().parse(), Ok(key), "{key}");
        }
    }

    #[test]
    fn keys_round_trip_and_nothing_else_parses() {
        let key = BlobKey::upload(Uuid::from_u128(7), MpackKey::from_bytes([9; 32]));
        let text = key.to_string();
        assert_eq!(text.parse(), Ok(key));
        let pinned = BlobKey::pinned(key.repo_id(), key.mpack_key(), Uuid::from_u128(8));
        let pinned_text = pinned.to_string();
        assert_eq!(pinned_text.parse(), Ok(pinned));
        for wrong in [
            pinned_text.replace("pinned", "uploads"),
            text.replace("uploads", "pinned"),
            String::new(),
            text[1..].to_owned(),
            format!("{text}/"),
            format!("/{text}"),
            format!("{text}/x"),
            text.replace("uploads", "upload"),
            text.replace("uploads", ".."),
            text.replace('-', ""),
            text.to_uppercase(),
            "uploads/../../etc/passwd".to_owned(),
        ] {
            assert_eq!(wrong.parse::<BlobKey>(), Err(ParseBlobKeyError), "{wrong}");
        }
    }
}
