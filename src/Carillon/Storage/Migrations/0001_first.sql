-- Times are milliseconds since 1970 in UTC. Hot tables have the shard first in their key; nothing crosses shards.

CREATE TABLE settings (name {key} PRIMARY KEY, value text NOT NULL);

-- The workspace: small tables, one JSON document per object, read whole into memory.
CREATE TABLE tokens (name {key} PRIMARY KEY, hash {key} NOT NULL UNIQUE, created bigint NOT NULL);
CREATE TABLE databases (id int PRIMARY KEY, name text NOT NULL, doc text NOT NULL);
CREATE TABLE resources (id int PRIMARY KEY, name text NOT NULL, doc text NOT NULL);
CREATE TABLE senders (id int PRIMARY KEY, name text NOT NULL, doc text NOT NULL);
CREATE TABLE templates (id int PRIMARY KEY, name text NOT NULL, doc text NOT NULL);
CREATE TABLE triggers (id int PRIMARY KEY, name text NOT NULL, doc text NOT NULL);
CREATE TABLE workflows (id int PRIMARY KEY, name text NOT NULL, doc text NOT NULL);

-- A profile is one row: its fields and its subscriptions as one JSON document.
CREATE TABLE profiles (
    shard smallint NOT NULL,
    id {key} NOT NULL,
    db_id int NOT NULL,
    doc text NOT NULL,
    created bigint NOT NULL,
    updated bigint NOT NULL,
    PRIMARY KEY (shard, id)
) {clustered};

-- The lookup from a contact (an e-mail, phone, push token or matchable field value) to the profiles that have it.
-- holder is '' for the one profile that owns a unique value, else the profile's id: so two profiles cannot own one.
-- place says where in the profile the contact stands: 1 its own field, 2 a subscription, 3 both.
CREATE TABLE contacts (
    shard smallint NOT NULL,
    db_id int NOT NULL,
    kind {key} NOT NULL,
    value {key} NOT NULL,
    holder {key} NOT NULL,
    profile_id {key} NOT NULL,
    place smallint NOT NULL,
    PRIMARY KEY (shard, db_id, kind, value, holder)
) {clustered};

-- One API call that starts something, with what its messages share. kind: 1 trigger, 2 workflow.
CREATE TABLE launches (
    shard smallint NOT NULL,
    id {key} NOT NULL,
    kind smallint NOT NULL,
    object_id int NOT NULL,
    token text NOT NULL,
    request_id text NOT NULL,
    created bigint NOT NULL,
    doc text NOT NULL,
    PRIMARY KEY (shard, id)
) {clustered};

CREATE TABLE attachments (
    shard smallint NOT NULL,
    launch_id {key} NOT NULL,
    position smallint NOT NULL,
    name text NOT NULL,
    media_type text NOT NULL,
    data bytea NOT NULL,
    PRIMARY KEY (shard, launch_id, position)
);

-- state: 0 queued, 1 sending, 2 sent, 3 failed, 4 expired, 5 skipped, 6 unknown.
-- A claimed message belongs to owner, a process, for as long as that one lives (0006). on_wire is set before the wire where a trigger asks for it.
CREATE TABLE messages (
    shard smallint NOT NULL,
    id {key} NOT NULL,
    launch_id {key} NOT NULL,
    profile_id {key} NOT NULL,
    db_id int NOT NULL,
    trigger_id int NOT NULL,
    resource_id int NOT NULL,
    channel text NOT NULL,
    contact text NOT NULL,
    sender_id int NOT NULL,
    priority smallint NOT NULL,
    state smallint NOT NULL,
    attempts int NOT NULL,
    run_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    owner {key} NOT NULL,
    lease_until bigint NOT NULL,
    on_wire smallint NOT NULL,
    reason text NOT NULL,
    created bigint NOT NULL,
    updated bigint NOT NULL,
    PRIMARY KEY (shard, id)
) {clustered};
CREATE INDEX messages_ready ON messages (shard, sender_id, priority, run_at) WHERE state = 0;
CREATE INDEX messages_leased ON messages (shard, lease_until) WHERE state = 1;
-- No index by contact: a page written somewhere for every message. A contact leads to its profiles, and they to their messages.
-- The shard stands last: an index that begins with it looks to PostgreSQL, while the table is new, as good as the primary key for finding one row.
CREATE INDEX messages_by_launch ON messages (launch_id, shard);
CREATE INDEX messages_by_profile ON messages (profile_id, shard);

-- One try on the wire.
CREATE TABLE attempts (
    shard smallint NOT NULL,
    message_id {key} NOT NULL,
    number int NOT NULL,
    sender_id int NOT NULL,
    started bigint NOT NULL,
    finished bigint NOT NULL,
    outcome text NOT NULL,
    reply text NOT NULL,
    PRIMARY KEY (shard, message_id, number)
) {clustered};

-- History, append-only; kind is the original's name of the event.
CREATE TABLE events (
    shard smallint NOT NULL,
    profile_id {key} NOT NULL,
    id {key} NOT NULL,
    db_id int NOT NULL,
    kind text NOT NULL,
    time bigint NOT NULL,
    launch_id text NOT NULL,
    message_id text NOT NULL,
    doc text NOT NULL,
    PRIMARY KEY (shard, profile_id, id)
) {clustered};

-- The built-in mailbox. What its list shows has columns of its own; the source stands last, so that the list never reads it.
CREATE TABLE outbox (
    number bigint PRIMARY KEY,
    message_id {key} NOT NULL UNIQUE,
    received bigint NOT NULL,
    from_name text NOT NULL,
    mail_from text NOT NULL,
    mail_to text NOT NULL,
    subject text NOT NULL,
    preview text NOT NULL,
    attachments int NOT NULL,
    size int NOT NULL,
    source bytea NOT NULL
);
