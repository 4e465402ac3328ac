-- What people decided about candidates: only ever added, never changed. JSON of pipeline/records/decision.ts beside the
-- columns that it is looked up by.
CREATE TABLE decisions (
  id             TEXT NOT NULL PRIMARY KEY,
  decided_at     TEXT NOT NULL,
  content_digest TEXT NOT NULL,
  prompt_id      TEXT NOT NULL,
  decision       TEXT NOT NULL
) STRICT;
CREATE INDEX decisions_prompt ON decisions (prompt_id);

CREATE TRIGGER decisions_stay BEFORE UPDATE ON decisions
BEGIN SELECT raise(ABORT, 'decisions are only ever added'); END;
CREATE TRIGGER decisions_keep BEFORE DELETE ON decisions
BEGIN SELECT raise(ABORT, 'decisions are only ever added'); END;
