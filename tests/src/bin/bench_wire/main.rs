//! Times the verbs of `muse` beside those of `git` over smart HTTP, on the same content.
//!
//! ```text
//! cargo build --release --workspace --bins
//! target/release/bench_wire --size L --size edit-L --repository path/to/tokio --runs 5
//! target/release/bench_wire --large --gates
//! ```
//!
//! Every timed run works on repositories of its own; making them is not timed. One more run, not
//! timed, counts bytes through a proxy and watches memory. Runs of both tools alternate, so that
//! a slow minute hurts both. Nothing is removed before the end: on some file systems creating files
//! soon after removing many is far slower than otherwise. With `--dir` nothing is removed at all.

mod contender;
mod floors;
mod gates;
mod git;
mod git_server;
mod growth;
mod large;
mod latency;
mod muse;
mod report;
mod source;
mod throughput;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::builder::PossibleValuesParser;
use clap::{Parser, ValueEnum};
use muse_e2e::harness::Backend;
use muse_e2e::workload::Shape;

use contender::{Contender, Measure, Verb, folder_bytes};
use gates::Gates;
use growth::Growth;
use report::{Report, say};
use source::Source;

/// First argument of the process that is to serve git repositories.
const AS_GIT_SERVER: &str = "--as-git-server";

/// Times muse beside git.
#[derive(Debug, Parser)]
#[command(name = "bench_wire")]
struct Arguments {
    /// What to time; everything unless given. Repeatable.
    #[arg(long)]
    verb: Vec<Verb>,
    /// A made-up history; L unless something else is asked for. Repeatable.
    #[arg(long, value_parser = PossibleValuesParser::new(Shape::NAMED.map(|(name, _)| name)))]
    size: Vec<String>,
    /// The path of a git repository, whose `HEAD` is taken. Repeatable.
    #[arg(long)]
    repository: Vec<PathBuf>,
    /// How pushes are sent.
    #[arg(long, default_value = "auto")]
    path: TransferPath,
    /// Timed runs of each; the median is reported.
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// What the server keeps its state in.
    #[arg(long, default_value = "embedded")]
    backend: BackendName,
    /// Also measure how fast `unpack-mpack` answers while a large push (size XL) is taken in.
    #[arg(long)]
    latency: bool,
    /// Also measure small pushes and warm fetches of 1, 8 and 64 clients, so many pushes to one
    /// repository, and so many repositories.
    #[arg(long, value_name = "N", num_args = 0..=1, default_missing_value = "1000")]
    throughput: Option<u32>,
    /// Bytes of each of the many pushes to one repository.
    #[arg(long, value_name = "BYTES", default_value_t = 50_000)]
    push_bytes: usize,
    /// Also commit, push and pull one changed byte in the middle of a file of this many MiB.
    #[arg(long, value_name = "MIB", num_args = 0..=1, default_missing_value = "2048")]
    large: Option<u64>,
    /// Fail if a figure is over its goal; goals are shown beside the figures in any case.
    #[arg(long)]
    gates: bool,
    /// Leave git out.
    #[arg(long)]
    only_muse: bool,
    /// Work below this directory and remove nothing.
    #[arg(long)]
    dir: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum TransferPath {
    /// As the client decides.
    Auto,
    /// In one request.
    Stream,
    /// Through a presigned URL.
    Presign,
}

impl TransferPath {
    const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Stream => "stream",
            Self::Presign => "presign",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum BackendName {
    /// SQLite and a directory.
    Embedded,
    /// PostgreSQL and S3.
    Distributed,
}

fn main() -> ExitCode {
    let mut raw = std::env::args_os();
    if raw.nth(1).is_some_and(|first| first == AS_GIT_SERVER) {
        return git_server::serve(&PathBuf::from(raw.next().unwrap_or_default()));
    }
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("bench_wire failed: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let temporary = match &arguments.dir {
        Some(_) => None,
        None => Some(tempfile::Builder::new().prefix("muse-bench-").tempdir()?),
    };
    let root = match (&arguments.dir, &temporary) {
        (Some(folder), _) => {
            let own = folder.join(format!("bench-{}", std::process::id()));
            std::fs::create_dir_all(&own)?;
            own.canonicalize()?
        }
        (None, Some(temporary)) => temporary.path().to_owned(),
        (None, None) => unreachable!("one of the two is there"),
    };
    let backend = match arguments.backend {
        BackendName::Embedded => Backend::Embedded,
        BackendName::Distributed => Backend::Distributed,
    };
    let verbs = if arguments.verb.is_empty() {
        Verb::value_variants()
    } else {
        &arguments.verb
    };
    say(&floors::measure(&root)?);
    let mut gates = Gates::default();
    let mut report = Report::start(&mut gates);
    let (mut notes, mut steps) = (Vec::new(), Vec::new());
    for source in sources(&root, arguments) {
        let source = source?;
        let git = match arguments.only_muse {
            true => None,
            false => Some(git::Git::new(&root, &source)?),
        };
        let path = arguments.path.name();
        let muse = muse::Muse::new(&root, &source, backend, path)?;
        for &verb in verbs {
            let mut measures = Vec::new();
            for _ in 0..arguments.runs {
                let theirs = git.as_ref().map_or(Ok(0.0), |git| git.timed(verb))?;
                measures.push((theirs, muse.timed(verb)?));
            }
            let (git_seconds, muse_seconds) = measures.into_iter().unzip();
            let theirs = match &git {
                Some(git) => Some(Measure::new(git_seconds, git.observed(verb)?)),
                None => None,
            };
            let mut observed = muse.observed(verb)?;
            if backend == Backend::Distributed {
                // Bulk bytes go to the bucket, past the proxy that counts.
                observed.wire_bytes = 0;
            }
            let ours = Measure::new(muse_seconds, observed);
            report.row(&source.name, verb, path, theirs.as_ref(), &ours);
            if verb.is_push() {
                steps.extend(muse.last_ingest().map(|line| format!("{verb:?}: {line}")));
            }
        }
        notes.push(format!(
            "* {}: .muse of the imported history {:.2} MB, repacked .git {:.2} MB",
            source.name,
            muse.local_bytes()? as f64 / 1e6,
            folder_bytes(&source.before(Growth::Tenth)?)? as f64 / 1e6
        ));
    }
    say(&format!("\n{}", notes.join("\n")));
    if !steps.is_empty() {
        say("\nThe server on the last ingest of each push:\n");
        say(&steps.join("\n"));
    }
    if arguments.latency {
        say(&latency::measure(&root, backend)?);
    }
    if let Some(count) = arguments.throughput {
        let load = throughput::Load {
            pushes: count,
            push_bytes: arguments.push_bytes,
            repositories: count,
        };
        say(&throughput::measure(&root, backend, load)?);
    }
    if let Some(mebibytes) = arguments.large {
        say(&large::measure(&root, mebibytes, backend, &mut gates)?);
    }
    match gates.over() {
        over if over > 0 && arguments.gates => Err(format!("{over} figures are over").into()),
        _ => Ok(()),
    }
}

/// The histories that are asked for, each made when its turn comes.
fn sources(
    root: &Path,
    arguments: &Arguments,
) -> impl Iterator<Item = Result<Source, Box<dyn Error>>> {
    let nothing_else = arguments.repository.is_empty()
        && arguments.large.is_none()
        && arguments.throughput.is_none();
    let default = (arguments.size.is_empty() && nothing_else).then_some("L");
    let names = arguments.size.iter().map(String::as_str).chain(default);
    let shapes = names.filter_map(|name| Some((name, Shape::named(name)?)));
    shapes
        .map(|(name, shape)| Source::of_shape(root, name, shape))
        .chain(
            arguments
                .repository
                .iter()
                .map(|path| Source::of_repository(root, path)),
        )
}
