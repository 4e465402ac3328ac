-- Runs of `build --executor queue`, whose jobs workers do. The jobs themselves are pg-boss's, in a schema of its own.
CREATE TABLE safe_completions.runs (
  id         text NOT NULL PRIMARY KEY,
  build      text NOT NULL, -- its name
  started_at timestamptz NOT NULL DEFAULT now(),
  closed_at  timestamptz -- from then on no job of this run is begun
);

-- What became of a job that brought no answer, for whoever waits for it. Only ever added; old ones are of no use.
CREATE TABLE safe_completions.outcomes (
  id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  digest   bytea NOT NULL,
  reason   text NOT NULL CHECK (reason IN ('provider_failed', 'budget', 'hopeless')),
  detail   text NOT NULL, -- JSON: a string
  noted_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX outcomes_digest ON safe_completions.outcomes (digest);
