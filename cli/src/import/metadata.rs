//! The metadata of imported commits.

/// Metadata key of an imported commit: the id of the git commit.
pub const GIT_COMMIT: &str = "git.commit";

/// Metadata key: the committer, where it is not the author: `Name <e-mail> SECONDS OFFSET`.
pub const GIT_COMMITTER: &str = "git.committer";

/// Metadata key: submodules that the commit changed, a line `PATH COMMIT` each, `-` where it is
/// gone. The path is quoted as [`muse_wire::quote`] does it.
pub const GIT_SUBMODULES: &str = "git.submodules";
