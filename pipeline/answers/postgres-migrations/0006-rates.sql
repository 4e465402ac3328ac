-- When the next request, and the next token, of a lane may go, over all workers: each that is let through moves it on by its
-- share of a minute ("generic cell rate algorithm").
CREATE TABLE safe_completions.rates (
  lane        text NOT NULL PRIMARY KEY, -- endpoint and model
  requests_at timestamptz NOT NULL,
  tokens_at   timestamptz NOT NULL
);
