-- Two runs may wait for one job, but a budget is one run's: its refusal ends that run only.
-- Outcomes so far do not say whose they are. Whoever waited for one puts its job again.
DELETE FROM safe_completions.outcomes;
ALTER TABLE safe_completions.outcomes ADD COLUMN run text NOT NULL; -- whose job it was
