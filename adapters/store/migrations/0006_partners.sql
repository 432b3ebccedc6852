-- When a call with this key last said for whom it was made (Voter-Address). NULL: never.
ALTER TABLE partner_key ADD COLUMN voter_told_at BIGINT;
