//! How far a repository grows between what the server has and what is pushed.

/// What a repository grows by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Growth {
    /// A tenth more commits on `main`.
    Tenth,
    /// A hundredth more commits on `main`.
    Hundredth,
    /// A second branch from the tip of `main`.
    Branch,
}

impl Growth {
    /// The branch that is pushed.
    pub(crate) const fn branch(self) -> &'static str {
        match self {
            Self::Tenth | Self::Hundredth => "main",
            Self::Branch => "second",
        }
    }
}
