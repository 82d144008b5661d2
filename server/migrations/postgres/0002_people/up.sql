-- Who works on a repository, beside its owner.
CREATE TABLE members (
    repo_id BIGINT NOT NULL REFERENCES repos (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role TEXT NOT NULL CHECK (role IN ('read', 'write', 'maintain', 'admin')),
    created_at_ms BIGINT NOT NULL,
    PRIMARY KEY (repo_id, user_id)
);

CREATE INDEX members_by_user ON members (user_id);

-- A token may be good for one repository alone, and end by itself.
ALTER TABLE tokens ADD COLUMN repo_id BIGINT REFERENCES repos (id) ON DELETE CASCADE;
ALTER TABLE tokens ADD COLUMN expires_at_ms BIGINT;

CREATE INDEX tokens_by_repo ON tokens (repo_id) WHERE repo_id IS NOT NULL;

-- Branches that do not move as everybody likes.
CREATE TABLE protections (
    repo_id BIGINT NOT NULL REFERENCES repos (id) ON DELETE CASCADE,
    branch TEXT COLLATE "C" NOT NULL,
    allows_force BOOLEAN NOT NULL,
    allows_deletion BOOLEAN NOT NULL,
    signed_only BOOLEAN NOT NULL,
    PRIMARY KEY (repo_id, branch)
);

-- Tokens of a disabled user are good for nothing.
ALTER TABLE users ADD COLUMN disabled_at_ms BIGINT;

-- Administrative acts. They are kept when what they are about is gone, so they hold names, as they
-- were at the time, and no keys.
CREATE TABLE audit_log (
    id BIGINT PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    at_ms BIGINT NOT NULL,
    -- The user who acted; none for whoever runs the server, at its command line.
    actor TEXT COLLATE "C",
    act TEXT NOT NULL,
    repo TEXT COLLATE "C",
    user_name TEXT COLLATE "C",
    detail TEXT NOT NULL
);

CREATE INDEX audit_log_by_repo ON audit_log (repo, id) WHERE repo IS NOT NULL;

-- The log of all refs of a repository, page by page.
CREATE INDEX ref_log_by_repo ON ref_log (repo_id, id);
