-- What users pushed to repositories on a day, for the limits on that.
CREATE TABLE pushed_bytes (
    -- Days since 1970.
    day BIGINT NOT NULL,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    repo_id BIGINT NOT NULL REFERENCES repos (id) ON DELETE CASCADE,
    bytes BIGINT NOT NULL,
    PRIMARY KEY (day, user_id, repo_id)
);

CREATE INDEX pushed_bytes_by_repo ON pushed_bytes (day, repo_id);
