-- How far graders agreed with people: only ever added, never changed. JSON of pipeline/records/calibration.ts beside the
-- columns that it is looked up by, and those that are worth a query of one's own.
CREATE TABLE calibrations (
  id              TEXT NOT NULL PRIMARY KEY,
  grader          TEXT NOT NULL,
  grader_digest   TEXT NOT NULL,
  labels          TEXT NOT NULL,
  labels_digest   TEXT NOT NULL,
  part            TEXT NOT NULL,
  spec_set_digest TEXT,
  measured_at     TEXT NOT NULL,
  examples        INTEGER NOT NULL,
  ungraded        INTEGER NOT NULL,
  accuracy        REAL, -- null here and below: could not be computed, the JSON says why
  kappa           REAL,
  kappa_low       REAL,
  kappa_high      REAL,
  calibration     TEXT NOT NULL
) STRICT;
CREATE INDEX calibrations_grader ON calibrations (grader, measured_at);

CREATE TRIGGER calibrations_stay BEFORE UPDATE ON calibrations
BEGIN SELECT raise(ABORT, 'calibrations are only ever added'); END;
CREATE TRIGGER calibrations_keep BEFORE DELETE ON calibrations
BEGIN SELECT raise(ABORT, 'calibrations are only ever added'); END;
