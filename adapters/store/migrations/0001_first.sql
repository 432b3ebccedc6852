-- Moments are microseconds since 1970, UTC. No address, phone number, password or token
-- is stored, save the typed e-mail until the request is decided and a message to the assistance
-- cell until the cell has it.

CREATE TABLE recovery_request (
    id TEXT PRIMARY KEY,
    number TEXT NOT NULL,
    typed_email TEXT,
    pair TEXT NOT NULL,
    locale TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    partner TEXT,
    state TEXT NOT NULL,
    reason TEXT,
    voter TEXT,
    round_id TEXT,
    written_at BIGINT,
    link_key TEXT,
    link_nonce {bytes},
    link_digest {bytes},
    link_expires_at BIGINT,
    link_attempts_left INTEGER,
    confirmed_at BIGINT,
    seed {bytes},
    password_key TEXT,
    changed_at BIGINT,
    password_was_in_force INTEGER NOT NULL DEFAULT 0
){clustered};
CREATE INDEX recovery_request_by_pair ON recovery_request (pair, received_at);
CREATE INDEX recovery_request_by_voter ON recovery_request (voter, written_at)
    WHERE voter IS NOT NULL;
CREATE UNIQUE INDEX recovery_request_by_link ON recovery_request (link_digest)
    WHERE link_digest IS NOT NULL;
CREATE INDEX recovery_request_open_links ON recovery_request (link_expires_at)
    WHERE state = 'link_sent';
CREATE INDEX recovery_request_by_change ON recovery_request (changed_at)
    WHERE changed_at IS NOT NULL;

CREATE TABLE delivery (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    locale TEXT NOT NULL,
    queued_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    route TEXT,
    reference TEXT,
    reason TEXT,
    changed_at BIGINT
){clustered};
CREATE INDEX delivery_by_subject ON delivery (subject);

CREATE TABLE assistance_request (
    id TEXT PRIMARY KEY,
    reference TEXT NOT NULL,
    topic TEXT NOT NULL,
    contact TEXT,
    message TEXT,
    locale TEXT NOT NULL,
    received_at BIGINT NOT NULL
){clustered};

-- Under which keys this database is worked on: a process with none of them would only do harm.
CREATE TABLE deployment (
    key_id TEXT PRIMARY KEY,
    key_check TEXT NOT NULL
){clustered};

CREATE TABLE consumed_code (
    id TEXT PRIMARY KEY,
    until BIGINT NOT NULL
){clustered};
CREATE INDEX consumed_code_by_end ON consumed_code (until);
