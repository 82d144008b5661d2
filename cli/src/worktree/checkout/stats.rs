//! What a checkout did.

/// What a checkout did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CheckoutStats {
    /// Files and links written.
    pub written: u64,
    /// Their bytes.
    pub written_bytes: u64,
    /// Files and links removed.
    pub removed: u64,
    /// Files and links of the target that the work tree cannot hold, or must not.
    pub left_out: u64,
}
