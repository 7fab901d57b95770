-- The processes that share this database. beat grows while one lives; the others watch it grow by their own clocks, so no two
-- clocks are compared. works: 1 when it delivers.
CREATE TABLE nodes (id {key} PRIMARY KEY, works smallint NOT NULL, beat bigint NOT NULL, started bigint NOT NULL);

-- How many of a sender's connections each process may have open: together never more than the sender has.
CREATE TABLE sender_shares (
    sender_id int NOT NULL,
    node_id {key} NOT NULL,
    connections int NOT NULL,
    PRIMARY KEY (sender_id, node_id)
);

-- A claim lasts as long as its owner, a row of nodes, lives: it needs no time of its own.
DROP INDEX messages_leased;
ALTER TABLE messages DROP COLUMN lease_until;
CREATE INDEX messages_claimed ON messages (shard, owner) WHERE state = 1;
