-- How far graders agreed with people: only ever added, never changed. JSON of pipeline/records/calibration.ts beside the
-- columns that it is looked up by, and those that are worth a query of one's own.
CREATE TABLE safe_completions.calibrations (
  id              text NOT NULL PRIMARY KEY COLLATE "C",
  grader          text NOT NULL,
  grader_digest   text NOT NULL,
  labels          text NOT NULL,
  labels_digest   text NOT NULL,
  part            text NOT NULL,
  spec_set_digest text,
  measured_at     text NOT NULL COLLATE "C",
  examples        integer NOT NULL,
  ungraded        integer NOT NULL,
  accuracy        double precision, -- null here and below: could not be computed, the JSON says why
  kappa           double precision,
  kappa_low       double precision,
  kappa_high      double precision,
  calibration     text NOT NULL
);
CREATE INDEX calibrations_grader ON safe_completions.calibrations (grader, measured_at);

CREATE TRIGGER calibrations_stay BEFORE UPDATE OR DELETE ON safe_completions.calibrations
FOR EACH ROW EXECUTE FUNCTION safe_completions.refuse_change();
