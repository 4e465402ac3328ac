-- One row: tells this store from every other, so that a build knows whether it sees the same answers again.
CREATE TABLE store (
  id TEXT NOT NULL PRIMARY KEY
) STRICT;
INSERT INTO store (id) VALUES (lower(hex(randomblob(16))));

-- Texts of system messages, each stored once: thousands of requests share one.
CREATE TABLE texts (
  digest TEXT NOT NULL PRIMARY KEY, -- SHA-256 of the text, hex
  text   TEXT NOT NULL
) STRICT;

CREATE TABLE answers (
  digest     TEXT NOT NULL PRIMARY KEY, -- digest of the request, format version 1
  -- digest of what was asked about, whatever the spec, template, model and parameters: finds a request's predecessor
  subject    TEXT NOT NULL,
  -- JSON: the request, with the digest of its text in place of a system message's content
  request    TEXT NOT NULL,
  -- JSON: pipeline/records/answer.ts
  answer     TEXT NOT NULL,
  step       TEXT NOT NULL,
  category   TEXT,
  created_at TEXT NOT NULL,
  latency_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX answers_subject ON answers (subject);

-- Requests whose every try failed: nothing was paid for; a plan says that they were tried before.
CREATE TABLE failures (
  digest    TEXT NOT NULL PRIMARY KEY,
  detail    TEXT NOT NULL,
  failed_at TEXT NOT NULL
) STRICT;

-- A second answer to a digest (two builds asked at once): paid for, so kept; never used.
CREATE TABLE surplus_answers (
  digest     TEXT NOT NULL,
  answer     TEXT NOT NULL,
  created_at TEXT NOT NULL,
  latency_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX surplus_answers_digest ON surplus_answers (digest);
