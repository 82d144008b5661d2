//! Where a server's data is: what every command needs.

use std::path::PathBuf;

use clap::Args;

use crate::config::Config;

/// Where a server's data is.
#[derive(Debug, Clone, Args)]
pub struct DataArguments {
    /// Directory of the embedded database, the blobs and the signing secret.
    ///
    /// `serve`, `worker`, `migrate` and `user create` create it where it is missing.
    #[arg(long, value_name = "DIR", env = "MUSEHUB_DATA")]
    pub data: PathBuf,
    /// `sqlite:PATH` or `postgres://…` [default: DIR/musehub.sqlite].
    #[arg(
        long,
        value_name = "URL",
        env = "MUSEHUB_DATABASE",
        hide_env_values = true
    )]
    pub database: Option<String>,
    /// A directory, `file:///DIR` or `s3://BUCKET/PREFIX?…` [default: DIR/blobs].
    ///
    /// An S3 URL takes the settings `endpoint=URL`, `region=NAME` and `path_style=true`; keys come
    /// from the usual AWS_* variables.
    #[arg(long, value_name = "URL", env = "MUSEHUB_BLOBS")]
    pub blobs: Option<String>,
}

impl DataArguments {
    /// The defaults, with this data.
    pub fn config(self) -> Config {
        Config {
            database: self.database,
            blobs: self.blobs,
            ..Config::new(self.data)
        }
    }
}
