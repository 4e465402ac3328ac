-- Decisions to ask again for an answer that was no use: only ever added, never changed. See pipeline/records/retry.ts.
CREATE TABLE safe_completions.retries (
  digest   text NOT NULL COLLATE "C", -- of the request in its first attempt
  attempt  integer NOT NULL,
  failed   text NOT NULL, -- JSON: digests of the requests whose answers were no use
  reason   text NOT NULL,
  run_id   text NOT NULL,
  noted_at text NOT NULL,
  PRIMARY KEY (digest, attempt)
);

CREATE TRIGGER retries_stay BEFORE UPDATE OR DELETE ON safe_completions.retries
FOR EACH ROW EXECUTE FUNCTION safe_completions.refuse_change();
