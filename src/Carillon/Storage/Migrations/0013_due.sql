-- When the message was due for the first time, kept once run_at moves on; 0 while run_at still tells it. It is the Date of the mail.
ALTER TABLE messages ADD COLUMN first_due bigint NOT NULL DEFAULT 0;
