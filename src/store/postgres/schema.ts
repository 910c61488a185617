/*
 * One entry a version, never edited once released: a change is a new entry. The tables are those of the SQLite engine.
 * What differs: keys are compared by code points (`collate "C"`); what many processes would count in one row is kept as
 * changes to add up (`total`, `writer`); everybody enters the worklist by one number (`entered`); what is always read
 * with a device stands beside it, its findings in `device`, its record in `identity`; a text is found by its digest, for an
 * index takes no text of any length; there are no foreign keys, for each would lock a row that thousands share; and tables
 * whose rows change leave room for that.
 */
const FIRST = `
create table meta(key text primary key, value text not null);
create table text(
  id int primary key generated always as identity,
  digest uuid not null unique,
  text text not null
);
create table driver(driver int primary key generated always as identity, name text collate "C" not null unique);

-- Who leads: the term is the fencing token.
create table leader(single int primary key default 1 check (single = 1), term bigint not null, holder text);
insert into leader(term) values(0);

-- How often whom of the processes wrote.
create sequence writer_owner as int;
create sequence writer_slot as int;
create table writer(
  slot int primary key,
  owner int not null,
  backend int not null,
  version bigint not null
) with (fillfactor = 20);

-- Kept for ever: a record key never gets another number. next_n: of its next step, while there is no device row.
-- proven_at, unanswered_at, erased_at: what plans depend on of the steps that are settled, pruned or not.
create table record(
  dev int primary key generated always as identity,
  driver int not null,
  id text not null,
  key text collate "C" not null unique,
  next_n int not null default 1,
  proven_at bigint,
  unanswered_at bigint,
  erased_at bigint
) with (fillfactor = 80);

create table device(
  dev int primary key,
  driver int not null,
  version int not null,
  platform text not null,
  registration text not null,
  released int,
  next_n int not null,
  gone_since bigint,
  assignment int,
  verdict text,
  action text,
  drift_cause text,
  drift_since bigint,
  without_since bigint,
  converged_to int,
  wanted_since bigint,
  wanted_digest int,
  awaits_sight int not null default 0,
  findings text
) with (fillfactor = 60);
create index device_assignment on device(assignment, dev) where assignment is not null;

-- What an assignment wants of its devices, and the groups they are members of: many devices share one.
create table assigned(assignment int primary key, configuration int, retirement int);
create index assigned_configuration on assigned(configuration) where configuration is not null;
create index assigned_retirement on assigned(retirement) where retirement is not null;
create table assigned_group(grp int not null, assignment int not null, primary key(grp, assignment));

-- How many are active is the sum of these: every budget asks.
create table total(active bigint not null);

-- By what a selector asks for, and by what a record names: whom a new revision may concern is found here.
create table device_label(key int not null, value int not null, dev int not null, primary key(key, value, dev));
create table mention(name int not null, dev int not null, primary key(name, dev));

create table finding(code int not null, dev int not null, primary key(code, dev));
create index finding_dev on finding(dev);

-- The record, and who is who, as it is looked up: trimmed, numbers in upper case, names in lower. shape: what the rest of
-- the record is like (plan/shape.ts). By hash: whatever a device calls itself may be of any length.
create table identity(
  dev int primary key,
  record text not null,
  id text collate "C",
  serial text collate "C",
  eid text collate "C",
  imei text collate "C",
  name text collate "C",
  owner text collate "C",
  enrolled_at bigint,
  shape text not null
) with (fillfactor = 80);
create index identity_id on identity using hash(id);
create index identity_serial on identity using hash(serial) where serial is not null;
create index identity_eid on identity using hash(eid) where eid is not null;
create index identity_imei on identity using hash(imei) where imei is not null;
create index identity_name on identity using hash(name) where name is not null;
create index identity_owner on identity using hash(owner) where owner is not null;

create table listing(
  listing int primary key generated always as identity,
  driver int not null,
  started_at bigint not null,
  ended_at bigint,
  complete int not null default 0
);
create index listing_driver on listing(driver, listing);
create table seen(
  dev int primary key,
  at bigint,
  installed_at bigint,
  esims_at bigint,
  listing int not null default 0
) with (fillfactor = 60);

create sequence work_seq;
-- A queue: what has left it is cleared away before it gets in the way of what comes.
create table work(seq bigint not null unique, dev int primary key) with (
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000, autovacuum_vacuum_cost_delay = 0
);
-- Everybody entered at 'floor': who stands on the list with less than that does so as if with that (worklist.ts).
create table entered(single int primary key default 1 check (single = 1), floor bigint not null);
insert into entered(floor) values(0);
-- approval 0: the visit that the plan asked for; else the one that comes when that approval expires.
create table due(dev int not null, approval int not null, at bigint not null, primary key(dev, approval));
create index due_at on due(at);

create table leaver(grp int not null, dev int not null, shrunk int not null default 0, primary key(grp, dev));
create index leaver_dev on leaver(dev, shrunk);
create index leaver_unjudged on leaver(grp) where shrunk = 0;

-- held_by: what the planner says; over: 1 this step is over budget, 2 it would be were no earlier one; waits: it or an
-- earlier step is. configuration: the one a hold on this step is gathered by. rests: proven, and history rests on it.
-- lease, leased_until: who was given it to send or to ask about, and until when nobody else is.
create table step(
  dev int not null,
  n int not null,
  id text collate "C" not null,
  kind text not null,
  ord int not null,
  state text not null,
  body int not null,
  because int not null,
  configuration int,
  held_by int,
  subject int,
  over int not null default 0,
  waits int not null default 0,
  held_at bigint,
  attempt int not null,
  command text,
  revision int not null,
  run int not null,
  planned_at bigint not null,
  not_before bigint not null default 0,
  issued_at bigint,
  poll_at bigint not null default 0,
  deadline bigint,
  settled_at bigint,
  baseline text,
  proof text,
  error text,
  forgotten int not null default 0,
  rests int not null default 0,
  lease uuid,
  leased_until bigint not null default 0,
  primary key(dev, n)
) with (fillfactor = 80);
create index step_ready on step(ord, not_before, dev) where state = 'ready';
create index step_held on step(dev, ord) where state = 'held';
create index step_under_way on step(greatest(poll_at, leased_until), dev) where state in ('issued', 'accepted');
create index step_busy on step(dev) where state in ('issued', 'accepted');
create index step_budget on step(kind, over, dev) where state in ('ready', 'held')
  and kind in ('delete-record', 'uninstall', 'reset', 'retire');
create index step_issued on step(kind, issued_at) where issued_at is not null
  and kind in ('delete-record', 'uninstall', 'reset', 'retire');
create index step_tried on step(dev) where state in ('failed', 'expired', 'unproven') and forgotten = 0;
create index step_past on step(settled_at) where settled_at is not null and rests = 0
  and (forgotten = 1 or state in ('proven', 'lost', 'superseded'));

create table revision(
  seq int primary key generated always as identity,
  revision text not null,
  at bigint not null,
  state text not null,
  findings text not null,
  empty_source int not null,
  rewritten int not null,
  desired text
);
create unique index revision_in_force on revision(state) where state = 'in-force';
create index revision_at on revision(at) where state <> 'in-force';
-- The documents of the revision in force, which says in "desired" how they stand: a revision writes what it changes.
create table document(doc int primary key, body text not null);
create table retirement(
  name text collate "C" primary key,
  first_applied_at bigint not null,
  members text not null
);

create table approval(
  id int primary key generated always as identity,
  hold text not null,
  codes text not null,
  by text not null,
  reason text,
  at bigint not null,
  expires_at bigint not null
);
create index approval_expires on approval(expires_at);
create table approval_step(
  dev int not null,
  step text collate "C" not null,
  approval int not null references approval,
  used_at bigint,
  primary key(dev, step, approval)
);
create index approval_step_approval on approval_step(approval, used_at);

create table run(
  id int primary key generated always as identity,
  trigger text not null,
  revision text,
  started_at bigint not null,
  ended_at bigint,
  counts text,
  error text
);
create index run_started on run(started_at);
create table event(
  id bigint primary key generated always as identity,
  at bigint not null,
  kind text not null,
  message text not null,
  actor text,
  run int,
  revision text,
  device text collate "C"
);
create index event_at on event(at, id);
create index event_device on event(device, at, id) where device is not null;
create table request(id int primary key generated always as identity, trigger text not null, at bigint not null);

-- What files came to when they were parsed, by blob and parser: a cache.
create table parsed(key text collate "C" primary key, doc text not null);

-- A notice is kept for its id, so that none is taken twice; it waits for the channels that have not got it. rank: of its
-- severity. notice_channel: the last try in vain.
create table notice(
  seq bigint primary key generated always as identity,
  id text collate "C" not null unique,
  since bigint not null,
  rank int not null,
  body text not null
);
create index notice_since on notice(since);
create table notice_waiting(
  channel text collate "C" not null,
  seq bigint not null,
  primary key(channel, seq)
);
create index notice_waiting_seq on notice_waiting(seq);
create table notice_channel(
  channel text collate "C" primary key,
  tries int not null,
  not_before bigint not null,
  why text not null
);
`

/** The migrations in order; `format` in `meta` is how many of them a database has had. */
export const MIGRATIONS: readonly string[] = [FIRST]
