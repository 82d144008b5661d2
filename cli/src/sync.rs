//! Clone, fetch, push and pull: everything that a repository does together with another one, on a
//! server, on this machine, or in a bundle.
//!
//! Nothing here knows a command line, a terminal or the environment. A call takes a repository, a
//! [`Remote`] and typed options, reports what it does to the remote's [`Reporter`], and
//! returns a typed result or error. Calls block; from asynchronous code, make them on a thread of
//! their own.
//!
//! ```no_run
//! use std::path::Path;
//!
//! use muse::sync::{
//!     self, CloneOptions, Connection, FetchOptions, PullSource, PushOptions, Remote, RemoteUrl,
//!     Secret, Silent,
//! };
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let url = RemoteUrl::parse("https://hub.example/ada/engine")?;
//! let server = Connection::open(url, Some(Secret::new("token")), &Silent)?;
//! let origin = Remote::from(server);
//!
//! let cloned = sync::clone(&origin, Path::new("engine"), &CloneOptions::default())?;
//! let repository = cloned.repository;
//!
//! // … edit files and commit them …
//! sync::push(&repository, &origin, "origin", &PushOptions::default())?;
//!
//! sync::fetch(&repository, &origin, "origin", &FetchOptions::default())?;
//! let source = PullSource::find(&repository, None, None)?;
//! sync::pull(&repository, &origin, &source)?;
//! # Ok(())
//! # }
//! ```

mod account;
mod address;
mod bundle;
mod clone;
mod connection;
mod depth;
mod fetch;
mod job;
mod local;
mod mirror;
mod pull;
mod push;
mod receive;
mod refetch;
mod remote;
mod remotes;
mod tracking;

pub use account::Account;
pub use address::RemoteAddress;
pub use bundle::{
    Bundle, BundleContents, CreateBundleError, WrittenBundle, create_bundle, verify_bundle,
};
pub use clone::{CloneError, CloneOptions, Cloned, Leftovers, clone};
pub use connection::{Connection, whoami};
pub use depth::Depth;
pub use fetch::{FetchError, FetchOptions, Fetched, fetch};
pub use job::{JobError, check_job, find_job, job_updates, list_jobs, wait_for_job};
pub use local::LocalRepository;
pub use mirror::{Mirrored, mirror};
pub use pull::{FastForward, FastForwardError, PullError, PullSource, Pulled, pull};
pub use push::{
    Lease, LeaseAt, PushError, PushLimit, PushOptions, PushOutcome, PushPlan, Pushed, RefSelection,
    RefSpec, RefspecError, Sent, Transfer, push, refs_not_here,
};
pub use receive::{LocalReceiver, Received};
pub use refetch::refetch;
pub use remote::Remote;
pub use remotes::{
    DEFAULT_REMOTE, RemoteError, add_remote, choose_remote, current_remote, remote_address,
    remote_url, remove_remote, set_remote_url,
};
pub use tracking::TrackingChange;

pub use crate::report::{Reporter, Silent};
pub use crate::secret::Secret;
pub use crate::transport::RemoteUrl;
pub use muse_wire::api::push::Force;
