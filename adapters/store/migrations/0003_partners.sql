-- Partners that call with an API key. Of a key only the SHA-256 of its secret is here: 256 random
-- bits, which nobody guesses. Scopes and origins are lists with spaces between.

CREATE TABLE partner (
    name TEXT PRIMARY KEY,
    scopes TEXT NOT NULL,
    origins TEXT NOT NULL,
    created_at BIGINT NOT NULL
){clustered};

CREATE TABLE partner_key (
    prefix TEXT PRIMARY KEY,
    partner TEXT NOT NULL,
    digest {bytes} NOT NULL,
    created_at BIGINT NOT NULL,
    ends_at BIGINT,
    revoked INTEGER NOT NULL DEFAULT 0,
    last_used_at BIGINT
){clustered};
