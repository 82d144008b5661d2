//! Making a thin mpack thick: the first thing that happens to one. Everything after this sees the
//! thick one.

use std::collections::{HashMap, HashSet};
use std::future::ready;
use std::io::{self, BufWriter, Write};

use futures::TryStreamExt as _;
use muse_wire::history::{Base as TreeBase, Boundary, TreeLimits};
use muse_wire::id::{CommitId, ObjectId, SnapshotId};
use muse_wire::limits::MAX_THIN_TABLE_BYTES;
use muse_wire::mpack::{
    self, Base, FrameKind, Receiver, TRAILER_BYTES, Tables, ThickenError, Trailer,
};
use muse_wire::problem::ProblemCode;
use tempfile::NamedTempFile;
use tokio::runtime::Handle;

use super::boundary::RepoBoundary;
use super::limits::{MpackLimits, check_declared, check_size};
use super::steps::Steps;
use super::unverified::UnverifiedMpack;
use crate::blobs::{Blobs, StagedFile};
use crate::blocking::run_blocking;
use crate::error::{Error, Result, with_causes};
use crate::fault;
use crate::history::load_tree;
use crate::jobs::Cancellation;
use crate::mpacks::{ReadRange as _, StoredFrames, most_frames_for_bases, read_tables};
use crate::store::mpacks::{ContentLocation, MpackFile};
use crate::store::{Repo, Store};

/// A thin mpack, made thick.
pub(super) struct Thickened {
    /// The thick form, not verified yet.
    pub(super) mpack: UnverifiedMpack,
    /// The thin form, as it came.
    pub(super) thin: MpackFile,
}

/// The thick form of an mpack; `None` where it is not thin.
///
/// # Errors
/// [`Error::Problem`] where it is bad, or the repository lacks a base.
pub(super) async fn thicken(
    store: &Store,
    blobs: &Blobs,
    limits: &MpackLimits,
    repo: &Repo,
    mpack: &UnverifiedMpack,
    steps: &mut Steps,
) -> Result<Option<Thickened>> {
    let (key, size_bytes) = (mpack.key(), mpack.size_bytes());
    if !is_thin(mpack).await? {
        return Ok(None);
    }
    steps.enter("thicken")?;
    check_size(size_bytes, limits)?;
    let tables = read_tables(mpack, size_bytes, MAX_THIN_TABLE_BYTES).await?;
    check_declared(&tables, size_bytes, limits)?;
    let receiver = RepoReceiver::load(store, blobs, repo, &tables, limits).await?;
    let (thin, cancellation) = (mpack.open().await?, steps.cancellation());
    let directory = blobs.staging_dir().to_owned();
    let file = run_blocking(move || {
        let failed = |error| Error::internal("writing an mpack", error);
        let file = NamedTempFile::new_in(directory).map_err(failed)?;
        let out = BufWriter::new(Cancellable {
            out: file.reopen().map_err(failed)?,
            cancellation: cancellation.clone(),
        });
        let written = mpack::thicken(thin.mpack(), &key, receiver, out);
        cancellation.check()?;
        let written = written.map_err(thicken_error)?;
        written.out.get_ref().out.sync_all().map_err(failed)?;
        Ok::<_, Error>(StagedFile {
            path: file.into_temp_path(),
            size_bytes: written.size_bytes,
            key: written.key,
        })
    });
    let file = file.await?;
    fault::point("after_thicken");
    Ok(Some(Thickened {
        mpack: UnverifiedMpack::local(blobs, repo.uuid, file),
        thin: MpackFile {
            key,
            size_bytes,
            counts: tables.counts(),
        },
    }))
}

/// What the trailer says. Bytes that are no mpack are left to the checks that follow.
async fn is_thin(mpack: &UnverifiedMpack) -> Result<bool> {
    let size_bytes = mpack.size_bytes();
    let Some(start) = size_bytes.checked_sub(TRAILER_BYTES) else {
        return Ok(false);
    };
    let trailer = mpack.read_range(start..size_bytes).await?;
    Ok(Trailer::parse(&trailer, size_bytes).is_ok_and(|trailer| trailer.is_thin()))
}

/// What the repository has.
struct RepoReceiver {
    boundary: RepoBoundary,
    /// Where the bases lie that the repository has, of the length that was declared.
    bases: HashMap<Base, ContentLocation>,
    frames: StoredFrames,
    /// How many stored frames may still be read. Bases that lie too far apart count as missing: the
    /// client then sends whole files, which costs everybody less.
    frames_left: u64,
    /// Frames are read from a thread that is not the runtime's.
    runtime: Handle,
}

impl RepoReceiver {
    /// Looks up everything that an mpack with these tables was compressed against. Bases are files
    /// of the commits that its own build on, as every reader of the thin form has them.
    async fn load(
        store: &Store,
        blobs: &Blobs,
        repo: &Repo,
        tables: &Tables,
        limits: &MpackLimits,
    ) -> Result<Self> {
        let boundary = RepoBoundary::load(store, repo.id, tables, limits.trees()).await?;
        let objects = base_objects(store, repo, &boundary, tables).await?;
        let ids: HashSet<ObjectId> = objects.values().copied().collect();
        let ids: Vec<ObjectId> = ids.into_iter().collect();
        let located = store.object_locations(repo.id, &ids).await?;
        let locate = |(base, object): (Base, ObjectId)| {
            let location = *located.get(&object)?;
            (location.length == base.length).then_some((base, location))
        };
        let bases: HashMap<Base, ContentLocation> =
            objects.into_iter().filter_map(locate).collect();
        Ok(Self {
            boundary,
            frames: StoredFrames::find(store, blobs, repo, bases.values()).await?,
            bases,
            frames_left: most_frames_for_bases(tables.counts().object_bytes),
            runtime: Handle::current(),
        })
    }
}

/// The objects that the bases of an mpack with these tables stand for, as far as they are there.
/// The trees that are loaded for this count like what is hashed.
async fn base_objects(
    store: &Store,
    repo: &Repo,
    boundary: &RepoBoundary,
    tables: &Tables,
) -> Result<HashMap<Base, ObjectId>> {
    let frames = tables.frames_of(FrameKind::Objects);
    let mut by_snapshot: HashMap<SnapshotId, HashSet<Base>> = HashMap::new();
    for base in frames.flat_map(|frame| tables.bases_of(frame)) {
        by_snapshot.entry(base.snapshot).or_default().insert(base);
    }
    let limit = boundary.tree_limits().hashed_bytes;
    let mut loaded_bytes: u64 = 0;
    let mut objects = HashMap::new();
    // One tree is in memory at a time: a few bytes can name large ones.
    for (snapshot, bases) in by_snapshot {
        if !boundary.is_of_parent(&snapshot) {
            continue;
        }
        let Some(found) = load_tree(store, repo.id, snapshot).await? else {
            continue;
        };
        loaded_bytes = loaded_bytes.saturating_add(found.tree.listing_bytes());
        if loaded_bytes > limit {
            let detail = format!("the trees of its bases have more than {limit} bytes of listings");
            return Err(Error::problem(ProblemCode::PushTooLarge, detail));
        }
        for base in bases {
            if let Some(entry) = found.tree.get(&base.path) {
                objects.insert(base, entry.object);
            }
        }
    }
    Ok(objects)
}

impl Boundary for RepoReceiver {
    type Error = Error;

    fn generation(&mut self, id: &CommitId) -> Result<Option<u32>> {
        self.boundary.generation(id)
    }

    fn base(&mut self, id: &SnapshotId) -> Result<Option<TreeBase>> {
        self.boundary.base(id)
    }

    fn has_snapshot(&mut self, id: &SnapshotId) -> Result<bool> {
        self.boundary.has_snapshot(id)
    }

    fn tree_limits(&self) -> TreeLimits {
        self.boundary.tree_limits()
    }
}

impl Receiver for RepoReceiver {
    fn contents(&mut self, bases: &[Base]) -> Result<Vec<Option<Vec<u8>>>> {
        let mut contents = vec![None; bases.len()];
        let located = bases.iter().enumerate();
        let located: Vec<(usize, ContentLocation)> = located
            .filter_map(|(index, base)| Some((index, *self.bases.get(base)?)))
            .collect();
        let frames = located.iter().map(|(_, at)| (at.mpack, at.frame));
        let frames: HashSet<_> = frames.collect();
        let Some(frames_left) = self.frames_left.checked_sub(frames.len() as u64) else {
            return Ok(contents);
        };
        self.frames_left = frames_left;
        let read = self.frames.read(located)?;
        self.runtime.block_on(read.try_for_each(|(index, bytes)| {
            contents[index] = Some(bytes.to_vec());
            ready(Ok(()))
        }))?;
        Ok(contents)
    }
}

/// Stops writing when the work is to stop.
struct Cancellable<W> {
    out: W,
    cancellation: Cancellation,
}

impl<W: Write> Write for Cancellable<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.cancellation.check().map_err(io::Error::other)?;
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn thicken_error(error: ThickenError<Error>) -> Error {
    match (error.problem_code(), error) {
        (_, ThickenError::Receiver(error)) => error,
        (Some(code), error) => Error::problem(code, with_causes(&error)),
        (None, error) => Error::internal("making a thin mpack thick", with_causes(&error)),
    }
}

#[cfg(test)]
mod tests {
    use muse_wire::mpack::{Counts, Mpack, MpackWriter, NewCommit, ThinFrame};
    use muse_wire::path::RepoPath;

    use super::*;
    use crate::sandbox::{Project, Sandbox, noise};

    #[tokio::test(flavor = "multi_thread")]
    async fn the_trees_of_bases_are_held_to_the_limit_of_what_is_hashed() {
        let sandbox = Sandbox::new().await;
        let mut project = Project::default();
        let old = noise(1, 10_000);
        let root = project.add(&[], &[("file", Some(&old))]);
        sandbox.push_main(&project, &[root]).await;
        let new = [&old[..], b"more"].concat();
        let child = project.add(&[root], &[("file", Some(&new))]);
        let root = project.commit(&root);
        let base = Base {
            snapshot: root.commit.snapshot,
            path: RepoPath::new("file").expect("valid"),
            length: 10_000,
        };
        let objects = vec![(ObjectId::of(&new), 10_004)];
        let frame = ThinFrame::compress(objects, &new, vec![base.clone()], &old);
        let frame = frame.expect("memory takes all").expect("it saves much");
        let counts = Counts {
            objects: 1,
            commits: 1,
            snapshots: 0,
            object_bytes: 10_004,
            base_bytes: 10_000,
        };
        let mut writer = MpackWriter::new(Vec::new(), counts).expect("memory takes all");
        writer.add_thin_frame(&frame).expect("announced");
        let child = project.commit(&child);
        let commit = NewCommit {
            envelope: &child.envelope,
            commit: &child.commit,
            generation: child.generation,
        };
        writer.add_commit(&commit).expect("announced");
        let thin = Mpack::from_bytes(writer.finish().expect("as announced").out).expect("opens");
        let (store, repo) = (sandbox.store(), &sandbox.repo);
        let find = async |hashed_bytes| {
            let limits = TreeLimits {
                hashed_bytes,
                ..TreeLimits::default()
            };
            let boundary = RepoBoundary::load(store, repo.id, thin.tables(), limits).await?;
            base_objects(store, repo, &boundary, thin.tables()).await
        };
        let most = root.tree.listing_bytes();
        let found = find(most).await.expect("as much as allowed");
        assert_eq!(found[&base], ObjectId::of(&old));
        let refused = find(most - 1).await.expect_err("one byte too many");
        assert!(
            matches!(&refused, Error::Problem(problem)
                if problem.known_code() == Some(ProblemCode::PushTooLarge)),
            "{refused:?}"
        );
    }
}
