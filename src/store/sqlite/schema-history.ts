/** What has been, what is cached, and what people are told: part of the first migration. */
export const HISTORY = `create table run(
  id integer primary key autoincrement,
  trigger text not null,
  revision text,
  started_at integer not null,
  ended_at integer,
  counts text,
  error text
) strict;
create index run_started on run(started_at);
create table event(
  id integer primary key autoincrement,
  at integer not null,
  kind text not null,
  message text not null,
  actor text,
  run integer,
  revision text,
  device text
) strict;
create index event_at on event(at);
create index event_device on event(device) where device is not null;
create table request(id integer primary key autoincrement, trigger text not null, at integer not null) strict;

-- What files came to when they were parsed, by blob and parser: a cache.
create table parsed(key text primary key, doc text not null) strict;

-- A notice is kept for its id, so that none is taken twice; it waits for the channels that have not got it. rank: of its
-- severity. notice_channel: the last try in vain.
create table notice(
  seq integer primary key autoincrement,
  id text not null unique,
  since integer not null,
  rank integer not null,
  body text not null
) strict;
create index notice_since on notice(since);
create table notice_waiting(
  channel text not null,
  seq integer not null references notice,
  primary key(channel, seq)
) strict, without rowid;
create index notice_waiting_seq on notice_waiting(seq);
create table notice_channel(
  channel text primary key,
  tries integer not null,
  not_before integer not null,
  why text not null
) strict, without rowid;`
