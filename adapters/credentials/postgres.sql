-- What came last is decided by (issued_at, request_id): ids are compared byte by byte, as in every
-- other store, and not by the database's language.

CREATE TABLE IF NOT EXISTS credential (
    numic text PRIMARY KEY,
    hash text NOT NULL,
    request_id text COLLATE "C" NOT NULL,
    round_id text NOT NULL,
    issued_at bigint NOT NULL     -- microseconds since 1970, UTC
);
