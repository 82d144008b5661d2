-- The id of the request that asked for a job, as logs have it.
ALTER TABLE jobs ADD COLUMN request_id TEXT;
