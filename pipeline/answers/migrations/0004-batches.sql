-- Batches at a provider's Batch API, each written down before anything of it is sent. States: pipeline/answers/batch-store.ts
CREATE TABLE batches (
  id            TEXT NOT NULL PRIMARY KEY, -- ours
  attempt       INTEGER NOT NULL DEFAULT 1, -- the provider keeps <id>.<attempt> in the batch's metadata
  build         TEXT NOT NULL, -- name of the build that asked first
  wave          INTEGER NOT NULL, -- of that build, from 1
  endpoint      TEXT NOT NULL,
  model         TEXT NOT NULL,
  state         TEXT NOT NULL CHECK (state IN ('planned', 'submitting', 'submitted', 'settled')),
  requests      INTEGER NOT NULL,
  bytes         INTEGER NOT NULL, -- of the file, about
  tokens        INTEGER NOT NULL, -- of its prompts, estimated
  created_at    TEXT NOT NULL,
  lease_until   TEXT, -- submitting: whoever submits is alive until then, or its last call is still on its way
  file_id       TEXT, -- the provider's
  remote_id     TEXT, -- the provider's
  remote_status TEXT,
  submitted_at  TEXT,
  ended_at      TEXT, -- by the provider's clock; dates its answers
  settled_at    TEXT,
  fetched_by    TEXT, -- the run that stored its answers
  answered      INTEGER NOT NULL DEFAULT 0,
  in_form       INTEGER NOT NULL DEFAULT 0, -- generations for a schema that went along as response_format
  in_words      INTEGER NOT NULL DEFAULT 0, -- generations for a schema that was told in words
  detail        TEXT NOT NULL DEFAULT ''
) STRICT;

-- A batch's requests. While it may answer, the request stands here in full, so that an answer can be kept with it
-- whatever became of specs and code in the meantime; once it is settled, answered requests stand with their answers.
CREATE TABLE batch_requests (
  batch    TEXT NOT NULL REFERENCES batches (id) ON DELETE CASCADE,
  digest   TEXT NOT NULL,
  request  TEXT, -- JSON as in answers, system texts by digest; null once settled
  asked_as TEXT NOT NULL, -- how a schema was asked for
  step     TEXT NOT NULL,
  category TEXT,
  outcome  TEXT CHECK (outcome IN ('answered', 'failed', 'format_refused', 'unsent', 'given_up')), -- null until settled
  detail   TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (batch, digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX batch_requests_digest ON batch_requests (digest);
