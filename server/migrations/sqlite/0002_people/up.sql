-- Who works on a repository, beside its owner.
CREATE TABLE members (
    repo_id INTEGER NOT NULL REFERENCES repos (id) ON DELETE CASCADE,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role TEXT NOT NULL CHECK (role IN ('read', 'write', 'maintain', 'admin')),
    created_at_ms INTEGER NOT NULL,
    PRIMARY KEY (repo_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX members_by_user ON members (user_id);

-- A token may be good for one repository alone, and end by itself.
ALTER TABLE tokens ADD COLUMN repo_id INTEGER REFERENCES repos (id) ON DELETE CASCADE;
ALTER TABLE tokens ADD COLUMN expires_at_ms INTEGER;

CREATE INDEX tokens_by_repo ON tokens (repo_id) WHERE repo_id IS NOT NULL;

-- Branches that do not move as everybody likes.
CREATE TABLE protections (
    repo_id INTEGER NOT NULL REFERENCES repos (id) ON DELETE CASCADE,
    branch TEXT NOT NULL,
    allows_force INTEGER NOT NULL,
    allows_deletion INTEGER NOT NULL,
    signed_only INTEGER NOT NULL,
    PRIMARY KEY (repo_id, branch)
) STRICT, WITHOUT ROWID;

-- Tokens of a disabled user are good for nothing.
ALTER TABLE users ADD COLUMN disabled_at_ms INTEGER;

-- Administrative acts. They are kept when what they are about is gone, so they hold names, as they
-- were at the time, and no keys.
CREATE TABLE audit_log (
    id INTEGER PRIMARY KEY NOT NULL,
    at_ms INTEGER NOT NULL,
    -- The user who acted; none for whoever runs the server, at its command line.
    actor TEXT,
    act TEXT NOT NULL,
    repo TEXT,
    user_name TEXT,
    detail TEXT NOT NULL
) STRICT;

CREATE INDEX audit_log_by_repo ON audit_log (repo, id) WHERE repo IS NOT NULL;

-- The log of all refs of a repository, page by page.
CREATE INDEX ref_log_by_repo ON ref_log (repo_id, id);
