-- A run's budget, which all its workers spend from. The same promises as pipeline/models/budget.ts: a request is sent only if
-- its worst case fits into what is neither spent nor set aside; a run whose next request does not fit while none is in
-- flight has reached its cap, for good.
ALTER TABLE safe_completions.runs
  ADD COLUMN max_cost_usd      double precision, -- null here and below: no cap
  ADD COLUMN max_tokens        bigint,
  ADD COLUMN spent_cost_usd    double precision NOT NULL DEFAULT 0,
  ADD COLUMN spent_tokens      bigint NOT NULL DEFAULT 0,
  ADD COLUMN assumed_cost_usd  double precision NOT NULL DEFAULT 0, -- of what is spent: at its worst case
  ADD COLUMN assumed_tokens    bigint NOT NULL DEFAULT 0,
  ADD COLUMN reserved_cost_usd double precision NOT NULL DEFAULT 0,
  ADD COLUMN reserved_tokens   bigint NOT NULL DEFAULT 0,
  ADD COLUMN in_flight         integer NOT NULL DEFAULT 0,
  ADD COLUMN reached           boolean NOT NULL DEFAULT false;

-- Set aside for requests in flight. A worker renews its own; those of a dead one end, and count at their worst case.
CREATE TABLE safe_completions.reservations (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  run        text NOT NULL REFERENCES safe_completions.runs (id),
  worker     text NOT NULL,
  cost_usd   double precision NOT NULL,
  tokens     bigint NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX reservations_worker ON safe_completions.reservations (worker);
CREATE INDEX reservations_run ON safe_completions.reservations (run, expires_at);

-- What was set aside and is so no longer: spent, as said, or at its worst case where nobody said (null).
CREATE FUNCTION safe_completions.settle(reservation bigint, actual_cost_usd double precision, actual_tokens bigint)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE held safe_completions.reservations;
BEGIN
  DELETE FROM safe_completions.reservations WHERE id = reservation RETURNING * INTO held;
  -- One that ended by itself is counted already.
  IF NOT FOUND THEN RETURN; END IF;
  UPDATE safe_completions.runs SET
    in_flight         = in_flight - 1,
    reserved_tokens   = reserved_tokens - held.tokens,
    -- Sums of small amounts are not exact: with nothing in flight nothing is set aside.
    reserved_cost_usd = CASE WHEN in_flight = 1 THEN 0 ELSE reserved_cost_usd - held.cost_usd END,
    spent_cost_usd    = spent_cost_usd + coalesce(actual_cost_usd, held.cost_usd),
    spent_tokens      = spent_tokens + coalesce(actual_tokens, held.tokens),
    assumed_cost_usd  = assumed_cost_usd + CASE WHEN actual_tokens IS NULL THEN held.cost_usd ELSE 0 END,
    assumed_tokens    = assumed_tokens + CASE WHEN actual_tokens IS NULL THEN held.tokens ELSE 0 END
  WHERE id = held.run;
END $$;

-- `granted` with a reservation; `wait`: those in flight may yet leave room; `refused`: the cap is reached, or the run closed.
CREATE FUNCTION safe_completions.reserve(
  run_id text, worker_id text, worst_cost_usd double precision, worst_tokens bigint, lease interval,
  OUT status text, OUT reservation bigint
) LANGUAGE plpgsql AS $$
DECLARE
  state safe_completions.runs;
BEGIN
  -- One at a time.
  PERFORM FROM safe_completions.runs WHERE id = run_id FOR UPDATE;
  PERFORM safe_completions.settle(id, NULL, NULL)
    FROM safe_completions.reservations WHERE run = run_id AND expires_at < clock_timestamp();
  SELECT * INTO state FROM safe_completions.runs WHERE id = run_id;
  IF state.id IS NULL OR state.reached OR state.closed_at IS NOT NULL THEN
    status := 'refused';
  ELSIF (state.max_cost_usd IS NULL
      OR state.spent_cost_usd + state.reserved_cost_usd + worst_cost_usd <= state.max_cost_usd + 1e-9)
    AND (state.max_tokens IS NULL OR state.spent_tokens + state.reserved_tokens + worst_tokens <= state.max_tokens) THEN
    status := 'granted';
    INSERT INTO safe_completions.reservations (run, worker, cost_usd, tokens, expires_at)
    VALUES (run_id, worker_id, worst_cost_usd, worst_tokens, clock_timestamp() + lease)
    RETURNING id INTO reservation;
    UPDATE safe_completions.runs SET
      in_flight = in_flight + 1,
      reserved_cost_usd = reserved_cost_usd + worst_cost_usd,
      reserved_tokens = reserved_tokens + worst_tokens
    WHERE id = run_id;
  ELSIF state.in_flight > 0 THEN
    status := 'wait';
  ELSE
    status := 'refused';
    UPDATE safe_completions.runs SET reached = true WHERE id = run_id;
  END IF;
END $$;
