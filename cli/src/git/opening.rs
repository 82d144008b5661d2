//! How git's repositories are opened.

/// Has objects be what their ids say, as they are in clones: `git replace` shows others for them.
const WITHOUT_REPLACEMENTS: &str = "core.useReplaceRefs=false";

/// Opens a repository as it is, without regard to the settings of the user and the system.
pub(crate) fn as_it_is() -> gix::open::Options {
    gix::open::Options::isolated().config_overrides([WITHOUT_REPLACEMENTS])
}
