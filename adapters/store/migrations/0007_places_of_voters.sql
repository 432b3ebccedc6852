-- Where a voter is counted: what the register says when the worker decides, and the country of her
-- number. NULL: nobody is known, or the register does not say; a release before this one decided.
ALTER TABLE recovery_request ADD COLUMN constituency TEXT;
ALTER TABLE recovery_request ADD COLUMN post TEXT;
ALTER TABLE recovery_request ADD COLUMN country TEXT;
