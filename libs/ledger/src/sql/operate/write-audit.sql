-- Records an action of an operator in the audit.
-- $1: action   $2: subject   $3: JSON with the details   $4: who
INSERT INTO sluice_audit (action, subject, detail, done_by) VALUES ($1::text, $2::text, $3::text::json, $4::text)
