-- Decisions to ask again for an answer that was no use: only ever added, never changed. See pipeline/records/retry.ts.
CREATE TABLE retries (
  digest   TEXT NOT NULL, -- of the request in its first attempt
  attempt  INTEGER NOT NULL,
  failed   TEXT NOT NULL, -- JSON: digests of the requests whose answers were no use
  reason   TEXT NOT NULL,
  run_id   TEXT NOT NULL,
  noted_at TEXT NOT NULL,
  PRIMARY KEY (digest, attempt)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER retries_stay BEFORE UPDATE ON retries
BEGIN SELECT raise(ABORT, 'retries are only ever added'); END;
CREATE TRIGGER retries_keep BEFORE DELETE ON retries
BEGIN SELECT raise(ABORT, 'retries are only ever added'); END;
