-- What a message's row overwrites: each change of a delivery, of an attempt at an SMS and of a relay's
-- part in an e-mail is a row, which triggers leave in the same commit (a process of the release before
-- does, too). `number` is the attempt's; 0: the message as a whole. `place` is a country or a mailbox
-- domain, `was` the state before, empty at the beginning. happened_at is the receipt's own time, held
-- between the acceptance and recorded_at, or else recorded_at. No address is here, no text of a
-- message, and nothing that tells the voter.
CREATE TABLE message_change (
    id {serial},
    delivery TEXT NOT NULL,
    number INTEGER NOT NULL,
    channel TEXT NOT NULL,
    route TEXT NOT NULL,
    place TEXT NOT NULL,
    operator TEXT,
    was TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT,
    happened_at BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL
);
CREATE INDEX message_change_of ON message_change (delivery, number, id);

-- When the row was last written. changed_at may be a receipt's own time. NULL: a release before this
-- one has written it.
ALTER TABLE attempt ADD COLUMN recorded_at BIGINT;
ALTER TABLE destruction ADD COLUMN changes BIGINT NOT NULL DEFAULT 0;
