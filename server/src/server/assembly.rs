//! Opens the database and the blob store, and puts the services on top of them together. This is
//! the only place that knows which job kind is whose, and what
//! follows a publication.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::error::StartError;
use crate::blobs::{self, Blobs, OpenBlobs, UrlSigner, probe};
use crate::config::{Config, MAX_PRESIGN_LIFETIME, is_long_enough, load_or_create_secret};
use crate::consolidation::Consolidator;
use crate::deletion::run_delete_blobs;
use crate::fetch::{Fetch, FetchOptions};
use crate::history::VisibleObjects;
use crate::http::RouteTable;
use crate::ingest::{Ingest, IngestOptions};
use crate::jobs::JobHandlers;
use crate::memory::MemoryBudget;
use crate::metrics;
use crate::routes;
use crate::store::Store;
use crate::store::jobs::JobKind;

/// The parts of a server. They are given to nobody as a whole: each user gets what it needs.
pub(crate) struct Assembly {
    pub(crate) store: Store,
    pub(crate) blobs: OpenBlobs,
    visible: Arc<VisibleObjects>,
    pub(crate) ingest: Arc<Ingest>,
    pub(crate) fetch: Arc<Fetch>,
    consolidator: Arc<Consolidator>,
}

impl Assembly {
    /// Connects to the database and the blob store of `config`, creating and migrating what is
    /// missing.
    ///
    /// # Errors
    /// [`StartError`] says which part failed.
    pub(crate) async fn open(config: &Config) -> Result<Self, StartError> {
        if !(Duration::from_secs(1)..=MAX_PRESIGN_LIFETIME).contains(&config.presign_lifetime) {
            return Err(StartError::PresignLifetime);
        }
        let store = open_store(config).await?;
        let blobs = open_blob_store(config)?;
        probe(&blobs.store).await.map_err(StartError::BlobsProbe)?;
        let visible = Arc::new(VisibleObjects::new(store.clone()));
        let memory = MemoryBudget::new(config.work_memory_bytes);
        let fetch = Arc::new(Fetch::new(
            store.clone(),
            blobs.store.clone(),
            Arc::clone(&visible),
            FetchOptions {
                presign_lifetime: config.presign_lifetime,
                patience: config.fetch_patience,
            },
        ));
        let ingest = Arc::new(Ingest::new(
            store.clone(),
            blobs.store.clone(),
            IngestOptions {
                push_limits: config.push_limits.clone(),
                queued_jobs_per_repo: config.queued_jobs_per_repo,
                presign_lifetime: config.presign_lifetime,
                daily_quota: config.daily_quota.clone(),
            },
            memory.clone(),
            Fetch::after_publication,
        ));
        let consolidator = Arc::new(Consolidator::new(
            store.clone(),
            blobs.store.clone(),
            Arc::clone(&visible),
            memory,
        ));
        Ok(Self {
            store,
            blobs,
            visible,
            ingest,
            fetch,
            consolidator,
        })
    }

    /// What workers do.
    pub(crate) fn job_handlers(&self) -> JobHandlers {
        let (store, blobs) = (self.store.clone(), self.blobs.store.clone());
        let ingest = Arc::clone(&self.ingest);
        let fetch = || Arc::clone(&self.fetch);
        let (builder, planner) = (fetch(), fetch());
        let consolidator = Arc::clone(&self.consolidator);
        JobHandlers::default()
            .on(JobKind::Unpack, move |job, cancellation| {
                let ingest = Arc::clone(&ingest);
                async move { ingest.run_unpack(job, cancellation).await }
            })
            .on(JobKind::BuildFetch, move |job, _| {
                let fetch = Arc::clone(&builder);
                async move { fetch.run_build(job).await }
            })
            .on(JobKind::PlanFetches, move |job, _| {
                let fetch = Arc::clone(&planner);
                async move { fetch.run_plan_fetches(job).await }
            })
            .on(JobKind::DeleteBlobs, move |job, _| {
                let (store, blobs) = (store.clone(), blobs.clone());
                async move { run_delete_blobs(&store, &blobs, job).await }
            })
            .on(JobKind::Consolidate, move |job, cancellation| {
                let consolidator = Arc::clone(&consolidator);
                async move { consolidator.run(job, cancellation).await }
            })
    }

    /// What is served over HTTP, until `stopping`.
    pub(crate) fn routes(&self, config: &Config, stopping: &CancellationToken) -> RouteTable {
        let Self {
            store,
            blobs,
            visible,
            ingest,
            fetch,
            ..
        } = self;
        routes::table(store, blobs, visible, ingest, fetch, config, stopping)
    }

    /// What is served to Prometheus.
    ///
    /// # Errors
    /// [`StartError::Metrics`].
    pub(crate) fn metrics_routes(&self) -> Result<RouteTable, StartError> {
        let exporter = metrics::exporter().ok_or(StartError::Metrics)?;
        Ok(routes::metrics_table(&self.store, exporter))
    }
}

fn secret(config: &Config) -> Result<String, StartError> {
    match &config.secret {
        Some(secret) if is_long_enough(secret) => Ok(secret.clone()),
        Some(_) => Err(StartError::ShortSecret),
        None => {
            let path = config.secret_path();
            load_or_create_secret(&path).map_err(|source| StartError::Secret { path, source })
        }
    }
}

/// Opens the blob store of `config` alone.
///
/// # Errors
/// [`StartError`] where it cannot be opened.
pub fn open_blobs(config: &Config) -> Result<Blobs, StartError> {
    Ok(open_blob_store(config)?.store)
}

fn open_blob_store(config: &Config) -> Result<OpenBlobs, StartError> {
    let secret = secret(config)?;
    let signer = UrlSigner::new(secret.as_bytes(), config.public_url.clone());
    let (url, staging) = (config.blobs_url(), config.data_dir.join("tmp"));
    let public_url = config.public_blobs_url.as_ref();
    Ok(blobs::open(&url, signer, &staging, public_url)?)
}

/// Connects to the database of `config` alone, creating and migrating what is missing.
///
/// # Errors
/// [`StartError::DataDirectory`] or [`StartError::Store`].
pub async fn open_store(config: &Config) -> Result<Store, StartError> {
    let path = &config.data_dir;
    fs::create_dir_all(path)
        .and_then(|()| tempfile::tempfile_in(path).map(drop))
        .map_err(|source| StartError::DataDirectory {
            path: path.clone(),
            source,
        })?;
    connect(config).await
}

/// As [`open_store`], but creates no directory, no file and no tables, so that a mistyped path or
/// name is an error.
///
/// # Errors
/// [`StartError::NoDatabase`], [`StartError::EmptyDatabase`] or [`StartError::Store`].
pub async fn open_existing_store(config: &Config) -> Result<Store, StartError> {
    check_existence(config)?;
    let store = Store::connect(&config.database_url(), &config.store).await?;
    if !store.has_schema().await? {
        return Err(StartError::EmptyDatabase);
    }
    store.migrate().await?;
    Ok(store)
}

/// The names of the migrations that opening the database of `config` would apply.
///
/// # Errors
/// [`StartError::NoDatabase`] or [`StartError::Store`].
pub async fn pending_migrations(config: &Config) -> Result<Vec<String>, StartError> {
    check_existence(config)?;
    let store = Store::connect(&config.database_url(), &config.store).await?;
    Ok(store.pending_migrations().await?)
}

fn check_existence(config: &Config) -> Result<(), StartError> {
    match config.database_path() {
        Some(path) if !path.exists() => Err(StartError::NoDatabase { path }),
        _ => Ok(()),
    }
}

async fn connect(config: &Config) -> Result<Store, StartError> {
    let store = Store::connect(&config.database_url(), &config.store).await?;
    store.migrate().await?;
    Ok(store)
}
