//! What the sides of a merge are called.

/// What the versions are called where a conflict is marked.
#[derive(Debug, Clone, Copy)]
pub struct Labels<'a> {
    /// The version that is merged into.
    pub ours: &'a str,
    /// What both have made their version of.
    pub base: &'a str,
    /// The version that is merged.
    pub theirs: &'a str,
}
