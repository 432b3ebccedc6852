-- Our own copy of the register. An import makes a new register_voter beside this one, with indexes
-- of its own, and gives it this one's name.

CREATE TABLE IF NOT EXISTS register_voter (
    line integer NOT NULL,        -- in the imported file
    numic integer NOT NULL,
    numel integer,
    phone bigint,                 -- E.164 without its plus sign
    phone_kind text,
    identifier bytea NOT NULL,    -- HMAC, see adapters/register/schema.py
    email text,
    identifier_renewed_in text
);

-- One row once a register is imported: how it was made, written in the commit that renames it.
CREATE TABLE IF NOT EXISTS register_meta (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    version integer NOT NULL,
    identifier_key text NOT NULL,
    identifier_key_check text NOT NULL
);
-- Counts of the import that made the register, as JSON: since 0.3.0.
ALTER TABLE register_meta ADD COLUMN IF NOT EXISTS summary text;
-- Where a voter is registered: since 0.3.0. Looked up first, as ALTER TABLE waits for readers.
DO $$ BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM pg_attribute
        WHERE attrelid = 'register_voter'::regclass AND attname = 'post' AND NOT attisdropped
    ) THEN
        ALTER TABLE register_voter ADD COLUMN constituency text, ADD COLUMN post text;
    END IF;
END $$;
