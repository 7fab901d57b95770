-- The trace that a launch belongs to (W3C traceparent), so that its deliveries, hours later and in another process, join it.
-- NULL when nothing is recorded.
ALTER TABLE launches ADD COLUMN traceparent text;
