-- Keeps to plans by index for the rest of the transaction. A session keeps the plan of each statement, and one that was made while the
-- tables were small would still read them whole when they are large.
SELECT set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true), set_config('jit', 'off', true),
       set_config('plan_cache_mode', 'force_generic_plan', true)
