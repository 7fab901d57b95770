-- The answers of calls that changed or launched, kept so that a repeated call gets the first one's. Sharded by the hash of the key.
-- The key begins with the time of expiry: new rows land beside the latest ones, and old ones are cleaned off the front.
-- indexed: 1 when the row is found by the index; 0 when the one process that uses the file knows in memory where it stands.
CREATE TABLE answers (
    shard smallint NOT NULL,
    expires bigint NOT NULL,
    key bytea NOT NULL,
    checksum bytea NOT NULL,
    indexed smallint NOT NULL,
    launch_id text NOT NULL,
    members text NOT NULL,
    PRIMARY KEY (shard, expires, key)
) {clustered};
CREATE UNIQUE INDEX answers_by_key ON answers (shard, key) WHERE indexed = 1;

-- Who does what only one process may do, and until when.
CREATE TABLE leases (name {key} PRIMARY KEY, owner text NOT NULL, until bigint NOT NULL);

-- What wants a person is few among many; messages on their usual way are not in the index.
CREATE INDEX messages_wanting ON messages (shard, state, id) WHERE state = 3 OR state = 6;
