/** What SQLite's header says a simplane database is: `smpl`. */
export const APPLICATION_ID = 0x736d706c

/*
 * One entry a version, never edited once released: a change is a new entry. Small integer keys everywhere, repeated
 * texts interned in `text`; `device` is narrow because every count scans it, the wide JSON sits beside it.
 */
const FIRST = `
create table meta(key text primary key, value text not null) strict, without rowid;
create table text(id integer primary key autoincrement, text text not null unique) strict;
create table driver(driver integer primary key, name text not null unique) strict;

-- Kept for ever: a record key never gets another number, a number never another step count.
create table record(
  dev integer primary key autoincrement,
  driver integer not null references driver,
  id text not null,
  key text not null unique,
  next_n integer not null default 1
) strict;

create table device(
  dev integer primary key references record,
  driver integer not null references driver,
  version integer not null,
  platform text not null,
  registration text not null,
  released integer references text,
  gone_since integer,
  assignment integer references text,
  configuration integer references text,
  retirement integer references text,
  verdict text,
  action text,
  drift_cause text,
  drift_since integer,
  without_since integer,
  converged_to integer references text,
  wanted_since integer,
  wanted_digest integer references text
) strict;
create table facts(dev integer primary key references record, record text not null) strict;
create table remark(dev integer primary key references record, findings text not null) strict;
create table finding(
  code integer not null references text,
  dev integer not null references record,
  primary key(code, dev)
) strict, without rowid;
create index finding_dev on finding(dev);

-- For looking up only: trimmed, numbers in upper case, names in lower.
create table identity(
  dev integer primary key references record, id text, serial text, eid text, imei text, name text, owner text
) strict;
create index identity_id on identity(id);
create index identity_serial on identity(serial) where serial is not null;
create index identity_eid on identity(eid) where eid is not null;
create index identity_imei on identity(imei) where imei is not null;
create index identity_name on identity(name) where name is not null;
create index identity_owner on identity(owner) where owner is not null;

create table listing(
  listing integer primary key autoincrement,
  driver integer not null references driver,
  started_at integer not null,
  ended_at integer,
  complete integer not null default 0
) strict;
create index listing_driver on listing(driver, listing);
create table seen(
  dev integer primary key references record,
  at integer,
  installed_at integer,
  esims_at integer,
  listing integer not null default 0
) strict;

create table work(seq integer primary key autoincrement, dev integer not null unique references record) strict;
create table due(dev integer primary key references record, at integer not null) strict;
create index due_at on due(at);

create table membership(
  grp integer not null references text,
  dev integer not null references record,
  primary key(grp, dev)
) strict, without rowid;
create table grp(grp integer primary key references text, members integer not null) strict;
create table leaver(
  grp integer not null references text,
  dev integer not null references record,
  shrunk integer not null default 0,
  primary key(grp, dev)
) strict, without rowid;
create index leaver_dev on leaver(dev);

-- held_by: what the planner says; over: this step is over budget; waits: it or an earlier step is.
-- configuration: the one a hold on this step is gathered by.
create table step(
  dev integer not null references record,
  n integer not null,
  id text not null,
  kind text not null,
  ord integer not null,
  state text not null,
  body integer not null references text,
  because text not null,
  configuration integer references text,
  held_by integer references text,
  subject integer references text,
  over integer not null default 0,
  waits integer not null default 0,
  held_at integer,
  attempt integer not null,
  command text,
  revision integer not null references text,
  run integer not null,
  planned_at integer not null,
  not_before integer not null default 0,
  issued_at integer,
  poll_at integer not null default 0,
  deadline integer,
  settled_at integer,
  baseline text,
  proof text,
  error text,
  forgotten integer not null default 0,
  primary key(dev, n)
) strict, without rowid;
create index step_ready on step(not_before, dev) where state = 'ready';
create index step_held on step(dev, ord) where state = 'held';
create index step_held_id on step(id) where state = 'held';
create index step_under_way on step(poll_at, dev) where state in ('issued', 'accepted');
create index step_unissued on step(dev, kind) where state in ('ready', 'held');
create index step_issued on step(kind, issued_at) where issued_at is not null;
create index step_tried on step(dev) where state in ('failed', 'expired', 'unproven') and forgotten = 0;

create table revision(
  seq integer primary key autoincrement,
  revision text not null,
  at integer not null,
  state text not null,
  findings text not null,
  empty_source integer not null,
  rewritten integer not null,
  desired text
) strict;
create index revision_in_force on revision(state) where state = 'in-force';
create table retirement(name text primary key, first_applied_at integer not null, members text not null) strict;

create table approval(
  id integer primary key autoincrement,
  hold text not null,
  codes text not null,
  by text not null,
  reason text,
  at integer not null,
  expires_at integer not null
) strict;
create table approval_step(
  step text not null,
  approval integer not null references approval,
  used integer not null default 0,
  primary key(step, approval)
) strict, without rowid;
create index approval_step_approval on approval_step(approval);

create table run(
  id integer primary key autoincrement,
  trigger text not null,
  revision text,
  started_at integer not null,
  ended_at integer,
  counts text,
  error text
) strict;
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
`

/** The migrations in order; a database's `user_version` is how many of them it has had. */
export const MIGRATIONS: readonly string[] = [FIRST]
