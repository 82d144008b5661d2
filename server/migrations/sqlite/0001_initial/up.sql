-- Times are milliseconds since 1970; ids are 32 raw bytes; names compare bytewise.
-- Content is keyed by (repo_id, id): a repository never sees another's.

CREATE TABLE users (
    id INTEGER PRIMARY KEY NOT NULL,
    name TEXT NOT NULL UNIQUE,
    created_at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE tokens (
    id INTEGER PRIMARY KEY NOT NULL,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- SHA-256 of the secret.
    secret_hash BLOB NOT NULL UNIQUE,
    scope TEXT NOT NULL CHECK (scope IN ('read', 'write', 'admin')),
    label TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL,
    last_used_at_ms INTEGER,
    revoked_at_ms INTEGER
) STRICT;

CREATE INDEX tokens_user ON tokens (user_id);

CREATE TABLE repos (
    -- Never used again, so that no row of a deleted repository can come to life in another.
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    uuid TEXT NOT NULL UNIQUE,
    owner_id INTEGER NOT NULL REFERENCES users (id),
    slug TEXT NOT NULL,
    private INTEGER NOT NULL,
    default_branch TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL,
    UNIQUE (owner_id, slug)
) STRICT;

CREATE TABLE refs (
    repo_id INTEGER NOT NULL REFERENCES repos (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    target BLOB NOT NULL,
    PRIMARY KEY (repo_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE ref_log (
    id INTEGER PRIMARY KEY NOT NULL,
    repo_id INTEGER NOT NULL REFERENCES repos (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    old_target BLOB,
    new_target BLOB,
    forced INTEGER NOT NULL,
    user_id INTEGER REFERENCES users (id),
    at_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX ref_log_ref ON ref_log (repo_id, name, id);

CREATE TABLE mpacks (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    repo_id INTEGER NOT NULL REFERENCES repos (id) ON DELETE CASCADE,
    key BLOB NOT NULL,
    size_bytes INTEGER NOT NULL,
    object_count INTEGER NOT NULL,
    commit_count INTEGER NOT NULL,
    snapshot_count INTEGER NOT NULL,
    object_bytes INTEGER NOT NULL,
    -- The thin form in which it was pushed, and the key by which the client knows it.
    thin_form BLOB,
    thin_key BLOB,
    state TEXT NOT NULL DEFAULT 'live' CHECK (state IN ('live', 'condemned', 'deleting')),
    storage_generation INTEGER NOT NULL DEFAULT 0,
    created_at_ms INTEGER NOT NULL,
    UNIQUE (repo_id, key)
) STRICT;

CREATE INDEX mpacks_by_thin_key ON mpacks (repo_id, thin_key) WHERE thin_key IS NOT NULL;

-- The five tables below are filled in bulk. A foreign key would cost a look-up for every row, so
-- they have none: who deletes a repository or an mpack deletes their rows in one transaction.

-- Where the objects lie that are stored whole.
CREATE TABLE mpack_index (
    repo_id INTEGER NOT NULL,
    object_id BLOB NOT NULL,
    mpack_id INTEGER NOT NULL,
    frame INTEGER NOT NULL,
    frame_offset INTEGER NOT NULL,
    length INTEGER NOT NULL,
    PRIMARY KEY (repo_id, object_id)
) STRICT, WITHOUT ROWID;

-- Where the chunks of large objects lie.
CREATE TABLE chunks (
    repo_id INTEGER NOT NULL,
    chunk_id BLOB NOT NULL,
    mpack_id INTEGER NOT NULL,
    frame INTEGER NOT NULL,
    frame_offset INTEGER NOT NULL,
    length INTEGER NOT NULL,
    PRIMARY KEY (repo_id, chunk_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE large_objects (
    repo_id INTEGER NOT NULL,
    object_id BLOB NOT NULL,
    length INTEGER NOT NULL,
    -- The mpack that brought the list.
    mpack_id INTEGER NOT NULL,
    -- Last, since it may be long. For each chunk its id and, in 4 bytes, little-endian, its length.
    chunks BLOB NOT NULL,
    PRIMARY KEY (repo_id, object_id)
) STRICT;

CREATE TABLE snapshots (
    repo_id INTEGER NOT NULL,
    id BLOB NOT NULL,
    base BLOB,
    chain_bytes INTEGER NOT NULL,
    listing_bytes INTEGER NOT NULL,
    record BLOB NOT NULL,
    PRIMARY KEY (repo_id, id)
) STRICT;

CREATE TABLE commits (
    repo_id INTEGER NOT NULL,
    id BLOB NOT NULL,
    -- The parents' ids, one after the other.
    parents BLOB NOT NULL,
    generation INTEGER NOT NULL,
    committed_at INTEGER NOT NULL,
    snapshot_id BLOB NOT NULL,
    -- The mpack that brought it.
    mpack_id INTEGER NOT NULL,
    -- Last, so that walks do not read it where it is long.
    envelope BLOB NOT NULL,
    PRIMARY KEY (repo_id, id)
) STRICT;

CREATE INDEX commits_generation ON commits (repo_id, generation);

CREATE TABLE jobs (
    id TEXT PRIMARY KEY NOT NULL,
    -- No foreign key: the jobs that remove a deleted repository's blobs come after its row.
    repo_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    request_digest BLOB NOT NULL,
    payload BLOB NOT NULL,
    owner_id INTEGER REFERENCES users (id),
    state TEXT NOT NULL CHECK (state IN ('pending', 'running', 'done', 'failed')),
    stage TEXT,
    attempts INTEGER NOT NULL,
    -- How often it was put off because the database or the blob store failed.
    outages INTEGER NOT NULL,
    -- When it may be claimed: for a running job, the end of its lease.
    due_at_ms INTEGER NOT NULL,
    -- Who claimed it last, for people.
    worker TEXT,
    -- The fencing token of the last claim.
    fence INTEGER NOT NULL,
    report BLOB NOT NULL,
    created_at_ms INTEGER NOT NULL,
    -- None as long as the job is pending or running. The indexes depend on this column and not on
    -- the state: a state that is bound as a parameter would keep the planner from using them.
    finished_at_ms INTEGER,
    CHECK ((finished_at_ms IS NULL) = (state IN ('pending', 'running')))
) STRICT;

CREATE UNIQUE INDEX jobs_unfinished ON jobs (repo_id, kind, request_digest)
    WHERE finished_at_ms IS NULL;
CREATE INDEX jobs_due ON jobs (due_at_ms, id) WHERE finished_at_ms IS NULL;
CREATE INDEX jobs_finished ON jobs (finished_at_ms) WHERE finished_at_ms IS NOT NULL;
CREATE INDEX jobs_request ON jobs (repo_id, request_digest);

CREATE TABLE built_mpacks (
    -- Names the blob, together with the mpack's key: no other row's blob has that name.
    id TEXT PRIMARY KEY NOT NULL,
    repo_id INTEGER NOT NULL REFERENCES repos (id) ON DELETE CASCADE,
    -- Of what goes into it.
    digest BLOB NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('residual', 'bundle')),
    state TEXT NOT NULL CHECK (state IN ('building', 'ready')),
    -- The mpack, as soon as it is known.
    file BLOB,
    size_bytes INTEGER NOT NULL,
    -- When it is given out no more; of one that is being built, the end of its builder's lease.
    expires_at_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX built_mpacks_digest ON built_mpacks (repo_id, digest);
CREATE INDEX built_mpacks_expiry ON built_mpacks (expires_at_ms);

CREATE TABLE blocked_hashes (
    object_id BLOB PRIMARY KEY NOT NULL,
    reason TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
