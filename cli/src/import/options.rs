//! The choices of an import.

/// The choices of an import.
#[derive(Debug, Clone, Copy, Default)]
pub struct ImportOptions {
    /// Move refs even if that loses commits made here.
    pub force: bool,
    /// Leave out files that no snapshot can hold, for their paths or as links to nowhere, instead
    /// of refusing the whole history.
    pub skip_unrecordable: bool,
    /// Bring the files of the work tree to the commit that is current then.
    pub checkout: bool,
}
