-- What providers report of the first sending, which is not ours: of each voter of a round, by what she
-- is known in it alone, each receipt that was later than the one before. What an import has added
-- holds once it is concluded; figures are read from counts that its last commit replaces.
CREATE TABLE first_sending_import (
    id {serial},
    round TEXT NOT NULL,
    begun_at BIGINT NOT NULL,
    begun_by TEXT NOT NULL,
    ended_at BIGINT
);
CREATE INDEX first_sending_import_by_round ON first_sending_import (round, ended_at);
CREATE TABLE first_sending (
    round TEXT NOT NULL,
    voter TEXT NOT NULL,
    import_id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    state TEXT NOT NULL,
    operator TEXT NOT NULL,
    route TEXT NOT NULL,
    constituency TEXT NOT NULL,
    post TEXT NOT NULL,
    country TEXT NOT NULL,
    PRIMARY KEY (round, voter, import_id)
){clustered};
CREATE TABLE first_sending_count (
    round TEXT NOT NULL,
    constituency TEXT NOT NULL,
    post TEXT NOT NULL,
    country TEXT NOT NULL,
    state TEXT NOT NULL,
    voters BIGINT NOT NULL,
    PRIMARY KEY (round, constituency, post, country, state)
){clustered};
