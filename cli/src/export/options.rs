//! The choices of an export.

/// The choices of an export.
#[derive(Debug, Clone, Copy, Default)]
pub struct ExportOptions {
    /// Move git's refs even if that drops commits made there.
    pub force: bool,
}
