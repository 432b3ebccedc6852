-- What operators did by commands, and which keys and routes processes were started with: a trace.
CREATE TABLE intervention (
    id {serial},
    at BIGINT NOT NULL,
    by_whom TEXT NOT NULL,
    act TEXT NOT NULL,
    detail TEXT NOT NULL
);
CREATE INDEX intervention_by_act ON intervention (act, id);
