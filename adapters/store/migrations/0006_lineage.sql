-- Which database this is, and how often it was looked at: a backup that was put back has fewer looks
-- than a machine remembers. A row for the first start, and one for each restore since, by whom.
-- Security codes that end before codes_until may have been answered in what was lost.
CREATE TABLE lineage (
    id {serial},
    name TEXT NOT NULL UNIQUE,
    looks BIGINT NOT NULL,
    begun_at BIGINT NOT NULL,
    begun_by TEXT,
    codes_until BIGINT NOT NULL DEFAULT 0
);
