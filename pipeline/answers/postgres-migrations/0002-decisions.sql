-- What people decided about candidates: only ever added, never changed. JSON of pipeline/records/decision.ts beside the
-- columns that it is looked up by.
CREATE TABLE safe_completions.decisions (
  id             text NOT NULL PRIMARY KEY COLLATE "C",
  decided_at     text NOT NULL COLLATE "C",
  content_digest text NOT NULL,
  prompt_id      text NOT NULL,
  decision       text NOT NULL
);
CREATE INDEX decisions_prompt ON safe_completions.decisions (prompt_id);

CREATE FUNCTION safe_completions.refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '% are only ever added', TG_TABLE_NAME; END $$;

CREATE TRIGGER decisions_stay BEFORE UPDATE OR DELETE ON safe_completions.decisions
FOR EACH ROW EXECUTE FUNCTION safe_completions.refuse_change();
