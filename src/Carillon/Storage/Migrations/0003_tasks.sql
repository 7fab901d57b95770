-- A task: work that one call asked for and that is done piece by piece afterwards.
-- state: 0 waiting, 1 running, 2 done, 3 failed. run_at: not to be taken before.
-- cursor says where the next piece begins; what a piece causes, its results and the new cursor are one transaction.
CREATE TABLE tasks (
    shard smallint NOT NULL,
    id {key} NOT NULL,
    kind text NOT NULL,
    token text NOT NULL,
    request_id text NOT NULL,
    state smallint NOT NULL,
    doc text NOT NULL,
    total bigint NOT NULL,
    done bigint NOT NULL,
    failed bigint NOT NULL,
    cursor text NOT NULL,
    run_at bigint NOT NULL,
    faults int NOT NULL,
    reason text NOT NULL,
    created bigint NOT NULL,
    updated bigint NOT NULL,
    PRIMARY KEY (shard, id)
) {clustered};
CREATE INDEX tasks_open ON tasks (shard, run_at) WHERE state < 2;
CREATE INDEX tasks_finished ON tasks (shard, updated) WHERE state >= 2;

-- What a task works on, stored once when it is made and removed when it ends: JSON arrays of items; position is the first one's number.
CREATE TABLE task_input (
    shard smallint NOT NULL,
    task_id {key} NOT NULL,
    position bigint NOT NULL,
    doc text NOT NULL,
    PRIMARY KEY (shard, task_id, position)
) {clustered};

-- What became of the items, a JSON array per piece; position is the number of its first item.
CREATE TABLE task_results (
    shard smallint NOT NULL,
    task_id {key} NOT NULL,
    position bigint NOT NULL,
    doc text NOT NULL,
    PRIMARY KEY (shard, task_id, position)
) {clustered};
