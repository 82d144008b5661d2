//! What a registered key is, and the row that it is read from.

use diesel::prelude::*;
use muse_wire::commit::PublicKey;

use crate::store::error::{Result, StoreError};
use crate::store::schema::signing_keys;

/// A key that a user has registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisteredKey {
    /// The key.
    pub public_key: PublicKey,
    /// What its owner calls it.
    pub name: String,
    /// When it was registered, in milliseconds since 1970.
    pub created_at_ms: i64,
}

/// What became of a key that was to be registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// The key, as it is registered now.
    pub key: RegisteredKey,
    /// Whether it was not registered before.
    pub is_new: bool,
}

/// A registered key.
#[derive(Queryable, Selectable)]
#[diesel(table_name = signing_keys)]
pub(in crate::store) struct SigningKeyRow {
    public_key: Vec<u8>,
    name: String,
    created_at_ms: i64,
}

impl TryFrom<SigningKeyRow> for RegisteredKey {
    type Error = StoreError;

    fn try_from(row: SigningKeyRow) -> Result<Self> {
        Ok(Self {
            public_key: public_key(&row.public_key)?,
            name: row.name,
            created_at_ms: row.created_at_ms,
        })
    }
}

pub(in crate::store) fn public_key(bytes: &[u8]) -> Result<PublicKey> {
    let bytes = bytes.try_into();
    bytes
        .map(PublicKey::from_bytes)
        .map_err(|_| StoreError::Corrupt("public key"))
}
