-- The answer store of many machines. Digests are bytes here, half the size of their hex digits: at 100 million answers the
-- digits alone would take 7 GB more. JSON is kept as text: `jsonb` and the `json` functions turn \u0000 down, which replies
-- may hold, and the order of keys stays. Texts that are put in order sort by their bytes, as SQLite does.

-- One row: tells this store from every other, so that a build knows whether it sees the same answers again.
CREATE TABLE safe_completions.store (
  id text NOT NULL PRIMARY KEY
);
INSERT INTO safe_completions.store (id) VALUES (replace(gen_random_uuid()::text, '-', ''));

-- Texts of system messages, each stored once: thousands of requests share one.
CREATE TABLE safe_completions.texts (
  digest bytea NOT NULL PRIMARY KEY, -- SHA-256 of the text
  text   text NOT NULL -- JSON: a string, for PostgreSQL keeps no NUL in a text
);

CREATE TABLE safe_completions.answers (
  digest     bytea NOT NULL PRIMARY KEY, -- digest of the request, format version 1
  -- digest of what was asked about, whatever the spec, template, model and parameters: finds a request's predecessor
  subject    bytea NOT NULL,
  -- JSON: the request, with the digest of its text in place of a system message's content
  request    text NOT NULL,
  -- JSON: pipeline/records/answer.ts
  answer     text NOT NULL,
  step       text NOT NULL COLLATE "C",
  category   text COLLATE "C",
  created_at text NOT NULL COLLATE "C",
  latency_ms integer NOT NULL,
  -- copies out of request and answer, for sums over the store
  endpoint             text NOT NULL COLLATE "C",
  model                text NOT NULL COLLATE "C",
  via                  text COLLATE "C",
  prompt_tokens        integer, -- these three: null without a usage
  cached_prompt_tokens integer,
  completion_tokens    integer
);
CREATE INDEX answers_subject ON safe_completions.answers (subject);

-- Requests whose every try failed: nothing was paid for; a plan says that they were tried before.
CREATE TABLE safe_completions.failures (
  digest    bytea NOT NULL PRIMARY KEY,
  detail    text NOT NULL, -- JSON: a string
  failed_at text NOT NULL
);

-- A second answer to a digest (two builds asked at once): paid for, so kept; never used.
CREATE TABLE safe_completions.surplus_answers (
  digest     bytea NOT NULL,
  answer     text NOT NULL,
  created_at text NOT NULL COLLATE "C",
  latency_ms integer NOT NULL
);
-- The very same purchase, carried here by two processes at once, is one.
CREATE UNIQUE INDEX surplus_answers_purchase
  ON safe_completions.surplus_answers (digest, created_at, latency_ms, md5(answer));
