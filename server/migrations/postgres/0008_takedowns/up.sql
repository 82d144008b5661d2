-- Objects that one repository does not give any more.
CREATE TABLE takedowns (
    repo_id BIGINT NOT NULL REFERENCES repos (id) ON DELETE CASCADE,
    object_id BYTEA NOT NULL,
    reason TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    PRIMARY KEY (repo_id, object_id)
);
