-- One profile's way through a workflow. state: 0 inside, 1 finished, 2 failed, 3 removed.
-- run_at is when it goes on at the latest: the end of a wait, a time-out, or the end of the lease on an HTTP request.
-- waits_for is empty, or what lets it go on sooner: message:<id>, event:<kind>, call:<number>.
-- content_id is the launch that holds what templates call apicontent.
CREATE TABLE runs (
    shard smallint NOT NULL,
    id {key} NOT NULL,
    workflow_id int NOT NULL,
    profile_id {key} NOT NULL,
    db_id int NOT NULL,
    launch_id text NOT NULL,
    content_id {key} NOT NULL,
    state smallint NOT NULL,
    node {key} NOT NULL,
    run_at bigint NOT NULL,
    waits_for {key} NOT NULL,
    steps int NOT NULL,
    hurried int NOT NULL,
    reason text NOT NULL,
    created bigint NOT NULL,
    updated bigint NOT NULL,
    doc text NOT NULL,
    PRIMARY KEY (shard, id)
) {clustered};
CREATE INDEX runs_due ON runs (shard, workflow_id, run_at, node) WHERE state = 0;
CREATE INDEX runs_by_profile ON runs (profile_id, shard, workflow_id, state);
-- Whose content is still needed? For the cleaner.
CREATE INDEX runs_by_content ON runs (shard, content_id) WHERE state = 0;
CREATE INDEX runs_listening ON runs (profile_id, shard, state, waits_for) WHERE state = 0 AND waits_for <> '';

-- What a run did at a node, and why. version is the checksum of the graph it went by.
CREATE TABLE steps (
    shard smallint NOT NULL,
    run_id {key} NOT NULL,
    number int NOT NULL,
    node text NOT NULL,
    type text NOT NULL,
    time bigint NOT NULL,
    version text NOT NULL,
    branch text NOT NULL,
    decision text NOT NULL,
    message_id text NOT NULL,
    PRIMARY KEY (shard, run_id, number)
) {clustered};

-- What happened to a profile and a workflow may have to act upon; gone when it has.
CREATE TABLE happenings (
    shard smallint NOT NULL,
    id {key} NOT NULL,
    profile_id text NOT NULL,
    db_id int NOT NULL,
    kind text NOT NULL,
    time bigint NOT NULL,
    launch_id text NOT NULL,
    message_id text NOT NULL,
    doc text NOT NULL,
    PRIMARY KEY (shard, id)
) {clustered};

-- How far the look for profiles whose date has come has got: all before upto are started; a look in progress goes to scanning_to and stands after after_id.
CREATE TABLE date_scans (
    shard smallint NOT NULL,
    workflow_id int NOT NULL,
    node {key} NOT NULL,
    upto bigint NOT NULL,
    scanning_to bigint NOT NULL,
    after_id text NOT NULL,
    PRIMARY KEY (shard, workflow_id, node)
) {clustered};

-- The dates that were acted upon: a look and a change of the profile may both find one. Gone a day after.
CREATE TABLE date_starts (
    shard smallint NOT NULL,
    workflow_id int NOT NULL,
    node {key} NOT NULL,
    moment bigint NOT NULL,
    profile_id {key} NOT NULL,
    PRIMARY KEY (shard, workflow_id, node, moment, profile_id)
) {clustered};

-- A message of a workflow names no trigger. flags: 1 whatever the statuses say, 2 hold it when nobody knows whether it was sent.
ALTER TABLE messages ADD COLUMN workflow_id int NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN run_id text NOT NULL DEFAULT '';
ALTER TABLE messages ADD COLUMN template_id int NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN flags smallint NOT NULL DEFAULT 0;
