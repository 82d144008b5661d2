-- The jobs of a repository's pushes are listed, the latest first.
CREATE INDEX jobs_of_repo ON jobs (repo_id, kind, id);
