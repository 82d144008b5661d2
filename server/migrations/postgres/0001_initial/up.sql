-- Times are milliseconds since 1970; ids are 32 raw bytes; names compare bytewise.
-- Content is keyed by (repo_id, id): a repository never sees another's.

CREATE TABLE users (
    id BIGINT PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    name TEXT COLLATE "C" NOT NULL UNIQUE,
    created_at_ms BIGINT NOT NULL
);

CREATE TABLE tokens (
    id BIGINT PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- SHA-256 of the secret.
    secret_hash BYTEA NOT NULL UNIQUE,
    scope TEXT NOT NULL CHECK (scope IN ('read', 'write', 'admin')),
    label TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    last_used_at_ms BIGINT,
    revoked_at_ms BIGINT
);

CREATE INDEX tokens_user ON tokens (user_id);

CREATE TABLE repos (
    -- Never used again, so that no row of a deleted repository can come to life in another.
    id BIGINT PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    uuid TEXT NOT NULL UNIQUE,
    owner_id BIGINT NOT NULL REFERENCES users (id),
    slug TEXT COLLATE "C" NOT NULL,
    private BOOLEAN NOT NULL,
    default_branch TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    UNIQUE (owner_id, slug)
);

CREATE TABLE refs (
    repo_id BIGINT NOT NULL REFERENCES repos (id) ON DELETE CASCADE,
    name TEXT COLLATE "C" NOT NULL,
    target BYTEA NOT NULL,
    PRIMARY KEY (repo_id, name)
);

CREATE TABLE ref_log (
    id BIGINT PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    repo_id BIGINT NOT NULL REFERENCES repos (id) ON DELETE CASCADE,
    name TEXT COLLATE "C" NOT NULL,
    old_target BYTEA,
    new_target BYTEA,
    forced BOOLEAN NOT NULL,
    user_id BIGINT REFERENCES users (id),
    at_ms BIGINT NOT NULL
);

CREATE INDEX ref_log_ref ON ref_log (repo_id, name, id);

CREATE TABLE mpacks (
    id BIGINT PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    repo_id BIGINT NOT NULL REFERENCES repos (id) ON DELETE CASCADE,
    key BYTEA NOT NULL,
    size_bytes BIGINT NOT NULL,
    object_count BIGINT NOT NULL,
    commit_count BIGINT NOT NULL,
    snapshot_count BIGINT NOT NULL,
    object_bytes BIGINT NOT NULL,
    -- The thin form in which it was pushed, and the key by which the client knows it.
    thin_form BYTEA,
    thin_key BYTEA,
    state TEXT NOT NULL DEFAULT 'live' CHECK (state IN ('live', 'condemned', 'deleting')),
    storage_generation BIGINT NOT NULL DEFAULT 0,
    created_at_ms BIGINT NOT NULL,
    UNIQUE (repo_id, key)
);

CREATE INDEX mpacks_by_thin_key ON mpacks (repo_id, thin_key) WHERE thin_key IS NOT NULL;

-- The five tables below are filled in bulk. A foreign key would cost a look-up for every row, so
-- they have none: who deletes a repository or an mpack deletes their rows in one transaction.

-- Where the objects lie that are stored whole.
CREATE TABLE mpack_index (
    repo_id BIGINT NOT NULL,
    object_id BYTEA NOT NULL,
    mpack_id BIGINT NOT NULL,
    frame BIGINT NOT NULL,
    frame_offset BIGINT NOT NULL,
    length BIGINT NOT NULL,
    PRIMARY KEY (repo_id, object_id)
);

-- Where the chunks of large objects lie.
CREATE TABLE chunks (
    repo_id BIGINT NOT NULL,
    chunk_id BYTEA NOT NULL,
    mpack_id BIGINT NOT NULL,
    frame BIGINT NOT NULL,
    frame_offset BIGINT NOT NULL,
    length BIGINT NOT NULL,
    PRIMARY KEY (repo_id, chunk_id)
);

CREATE TABLE large_objects (
    repo_id BIGINT NOT NULL,
    object_id BYTEA NOT NULL,
    length BIGINT NOT NULL,
    -- The mpack that brought the list.
    mpack_id BIGINT NOT NULL,
    -- Last, since it may be long. For each chunk its id and, in 4 bytes, little-endian, its length.
    chunks BYTEA NOT NULL,
    PRIMARY KEY (repo_id, object_id)
);

CREATE TABLE snapshots (
    repo_id BIGINT NOT NULL,
    id BYTEA NOT NULL,
    base BYTEA,
    chain_bytes BIGINT NOT NULL,
    listing_bytes BIGINT NOT NULL,
    record BYTEA NOT NULL,
    PRIMARY KEY (repo_id, id)
);

CREATE TABLE commits (
    repo_id BIGINT NOT NULL,
    id BYTEA NOT NULL,
    -- The parents' ids, one after the other.
    parents BYTEA NOT NULL,
    generation BIGINT NOT NULL,
    committed_at BIGINT NOT NULL,
    snapshot_id BYTEA NOT NULL,
    -- The mpack that brought it.
    mpack_id BIGINT NOT NULL,
    -- Last, so that walks do not read it where it is long.
    envelope BYTEA NOT NULL,
    PRIMARY KEY (repo_id, id)
);

CREATE INDEX commits_generation ON commits (repo_id, generation);

CREATE TABLE jobs (
    id TEXT PRIMARY KEY NOT NULL,
    -- No foreign key: the jobs that remove a deleted repository's blobs come after its row.
    repo_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    request_digest BYTEA NOT NULL,
    payload BYTEA NOT NULL,
    owner_id BIGINT REFERENCES users (id),
    state TEXT NOT NULL CHECK (state IN ('pending', 'running', 'done', 'failed')),
    stage TEXT,
    attempts BIGINT NOT NULL,
    -- How often it was put off because the database or the blob store failed.
    outages BIGINT NOT NULL,
    -- When it may be claimed: for a running job, the end of its lease.
    due_at_ms BIGINT NOT NULL,
    -- Who claimed it last, for people.
    worker TEXT,
    -- The fencing token of the last claim.
    fence BIGINT NOT NULL,
    report BYTEA NOT NULL,
    created_at_ms BIGINT NOT NULL,
    -- None as long as the job is pending or running. The indexes depend on this column and not on
    -- the state: a state that is bound as a parameter would keep the planner from using them.
    finished_at_ms BIGINT,
    CHECK ((finished_at_ms IS NULL) = (state IN ('pending', 'running')))
);

CREATE UNIQUE INDEX jobs_unfinished ON jobs (repo_id, kind, request_digest)
    WHERE finished_at_ms IS NULL;
CREATE INDEX jobs_due ON jobs (due_at_ms, id) WHERE finished_at_ms IS NULL;
CREATE INDEX jobs_finished ON jobs (finished_at_ms) WHERE finished_at_ms IS NOT NULL;
CREATE INDEX jobs_request ON jobs (repo_id, request_digest);

CREATE TABLE built_mpacks (
    -- Names the blob, together with the mpack's key: no other row's blob has that name.
    id TEXT PRIMARY KEY NOT NULL,
    repo_id BIGINT NOT NULL REFERENCES repos (id) ON DELETE CASCADE,
    -- Of what goes into it.
    digest BYTEA NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('residual', 'bundle')),
    state TEXT NOT NULL CHECK (state IN ('building', 'ready')),
    -- The mpack, as soon as it is known.
    file BYTEA,
    size_bytes BIGINT NOT NULL,
    -- When it is given out no more; of one that is being built, the end of its builder's lease.
    expires_at_ms BIGINT NOT NULL
);

CREATE INDEX built_mpacks_digest ON built_mpacks (repo_id, digest);
CREATE INDEX built_mpacks_expiry ON built_mpacks (expires_at_ms);

CREATE TABLE blocked_hashes (
    object_id BYTEA PRIMARY KEY NOT NULL,
    reason TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL
);
