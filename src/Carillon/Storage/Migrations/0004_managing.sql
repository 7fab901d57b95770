-- Who wrote an object of the workspace last, and when: the name of a token, or the workspace file.
ALTER TABLE databases ADD COLUMN updated bigint NOT NULL DEFAULT 0;
ALTER TABLE databases ADD COLUMN updated_by text NOT NULL DEFAULT '';
ALTER TABLE resources ADD COLUMN updated bigint NOT NULL DEFAULT 0;
ALTER TABLE resources ADD COLUMN updated_by text NOT NULL DEFAULT '';
ALTER TABLE senders ADD COLUMN updated bigint NOT NULL DEFAULT 0;
ALTER TABLE senders ADD COLUMN updated_by text NOT NULL DEFAULT '';
ALTER TABLE templates ADD COLUMN updated bigint NOT NULL DEFAULT 0;
ALTER TABLE templates ADD COLUMN updated_by text NOT NULL DEFAULT '';
ALTER TABLE triggers ADD COLUMN updated bigint NOT NULL DEFAULT 0;
ALTER TABLE triggers ADD COLUMN updated_by text NOT NULL DEFAULT '';
ALTER TABLE workflows ADD COLUMN updated bigint NOT NULL DEFAULT 0;
ALTER TABLE workflows ADD COLUMN updated_by text NOT NULL DEFAULT '';

-- Files that were uploaded to be attached later. They are no hot rows; the shard only spreads their bytes.
CREATE TABLE files (
    shard smallint NOT NULL,
    key {key} NOT NULL,
    name text NOT NULL,
    media_type text NOT NULL,
    token text NOT NULL,
    size int NOT NULL,
    created bigint NOT NULL,
    expires bigint NOT NULL,
    data bytea NOT NULL,
    PRIMARY KEY (shard, key)
);
CREATE INDEX files_expired ON files (shard, expires);
