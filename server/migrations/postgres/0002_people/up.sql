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
