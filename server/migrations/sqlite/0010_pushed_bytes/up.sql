-- What users pushed to repositories on a day, for the limits on that.
CREATE TABLE pushed_bytes (
    -- Days since 1970.
    day INTEGER NOT NULL,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    repo_id INTEGER NOT NULL REFERENCES repos (id) ON DELETE CASCADE,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (day, user_id, repo_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX pushed_bytes_by_repo ON pushed_bytes (day, repo_id);
