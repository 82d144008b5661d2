-- Objects that one repository does not give any more.
CREATE TABLE takedowns (
    repo_id INTEGER NOT NULL REFERENCES repos (id) ON DELETE CASCADE,
    object_id BLOB NOT NULL,
    reason TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL,
    PRIMARY KEY (repo_id, object_id)
) STRICT, WITHOUT ROWID;
