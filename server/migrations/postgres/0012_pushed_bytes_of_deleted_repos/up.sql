-- What a user pushed in a day counts also once the repository is deleted: under the repository 0.
ALTER TABLE pushed_bytes DROP CONSTRAINT pushed_bytes_repo_id_fkey;
