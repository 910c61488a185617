import { HISTORY } from './schema-history.ts'
import { STEP_TOTALS } from './step-totals.ts'

/** What SQLite's header says a simplane database is: `smpl`. */
export const APPLICATION_ID = 0x736d706c

/*
 * One entry a version, never edited once released: a change is a new entry. Small integer keys everywhere, repeated
 * texts interned in `text`; `device` is narrow because every count scans it, the wide JSON sits beside it. Numbers of
 * texts have no foreign key: `texts.ts` alone gives them and none is ever deleted, and checking six for each step was a
 * third of writing it.
 */
const FIRST = `
create table meta(key text primary key, value text not null) strict, without rowid;
create table text(id integer primary key autoincrement, text text not null unique) strict;
create table driver(driver integer primary key, name text not null unique) strict;

-- Kept for ever: a record key never gets another number. What follows the key stands here while there is no device row:
-- next_n, of its next step, and what plans depend on of the steps that are settled, pruned or not.
create table record(
  dev integer primary key autoincrement,
  driver integer not null references driver,
  id text not null,
  key text not null unique,
  next_n integer not null default 1,
  proven_at integer,
  unanswered_at integer,
  erased_at integer
) strict;

-- twin: another record had its serial number or EID, and may still.
create table device(
  dev integer primary key references record,
  driver integer not null references driver,
  platform text not null,
  registration text not null,
  released integer,
  next_n integer not null,
  gone_since integer,
  assignment integer,
  verdict text,
  action text,
  drift_cause text,
  drift_since integer,
  without_since integer,
  converged_to integer,
  wanted_since integer,
  wanted_digest integer,
  awaits_sight integer not null default 0,
  visit_at integer,
  twin integer not null default 0
) strict;
create index device_assignment on device(assignment) where assignment is not null;
create index device_visit on device(visit_at) where visit_at is not null;

-- What an assignment wants of its devices, and the groups they are members of: many devices share one.
create table assigned(
  assignment integer primary key,
  configuration integer,
  retirement integer
) strict;
create index assigned_configuration on assigned(configuration) where configuration is not null;
create index assigned_retirement on assigned(retirement) where retirement is not null;
create table assigned_group(
  grp integer not null,
  assignment integer not null references assigned,
  primary key(grp, assignment)
) strict, without rowid;

-- How many devices are active, and how many steps are not settled, kept up to date: budgets and every turn of the loop ask.
create table total(active integer not null, ready integer not null, held integer not null, under_way integer not null) strict;
insert into total values(0, 0, 0, 0);
create trigger device_comes after insert on device when new.registration = 'active'
  begin update total set active = active + 1; end;
create trigger device_goes after delete on device when old.registration = 'active'
  begin update total set active = active - 1; end;
create trigger device_turns after update of registration on device
  when (old.registration = 'active') <> (new.registration = 'active')
  begin update total set active = active + iif(new.registration = 'active', 1, -1); end;

-- By what a selector asks for, and by what a record names: whom a new revision may concern is found here, in runs of
-- device numbers as device-sets.ts writes them.
create table label(
  label integer primary key, key text not null, value text not null, unique(key, value)
) strict;
create table device_label(
  label integer not null references label,
  run integer not null,
  devs blob not null,
  primary key(label, run)
) strict, without rowid;

-- shape: what the record is like, for the planner; null after the record was changed in place. It is read and written
-- with the record, and stands before it, so that it is read without the pages of a long one. traits: of the record, what
-- selectors ask for; record: the rest.
create table facts(
  dev integer primary key references record,
  shape text,
  traits text not null,
  record text not null
) strict;
create table remark(dev integer primary key references record, findings text not null) strict;
create table finding(
  code integer not null,
  dev integer not null references record,
  primary key(code, dev)
) strict, without rowid;
create index finding_dev on finding(dev);

-- Who is who, as it is looked up: trimmed, numbers in upper case, names in lower.
create table identity(
  dev integer primary key references record,
  id text,
  serial text,
  eid text,
  imei text,
  name text,
  owner text,
  enrolled_at integer
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
-- What every look at a device and every end of a step writes: a row is a thirtieth of a record. version grows with every change
-- of the record. The ages count back from the moment of the last check-in, or from 0 without one; 0 takes no room. digest:
-- of the observation that the record shows, while the same once more can only make it younger: null of who is gone, and of
-- who waits to be seen.
create table seen(
  dev integer primary key references record,
  version integer not null,
  at integer,
  installed_age integer,
  esims_age integer,
  listing integer not null default 0,
  digest text,
  proven_at integer,
  unanswered_at integer,
  erased_at integer
) strict;

create table work(seq integer primary key autoincrement, dev integer not null unique references record) strict;
-- Visits that come when an approval expires; the one that a plan asked for is its device's own.
create table due(
  dev integer not null references record,
  approval integer not null,
  at integer not null,
  primary key(dev, approval)
) strict, without rowid;
create index due_at on due(at);

create table leaver(
  grp integer not null,
  dev integer not null references record,
  shrunk integer not null default 0,
  primary key(grp, dev)
) strict, without rowid;
create index leaver_dev on leaver(dev, shrunk);
create index leaver_unjudged on leaver(grp) where shrunk = 0;

-- held_by: what the planner says; over: 1 this step is over budget, 2 it would be were no earlier one; waits: it or an
-- earlier step is. configuration: the one a hold on this step is gathered by. rests: proven, and history rests on it.
create table step(
  dev integer not null references record,
  n integer not null,
  id text not null,
  kind text not null,
  ord integer not null,
  state text not null,
  body integer not null,
  because integer not null,
  configuration integer,
  held_by integer,
  subject integer,
  over integer not null default 0,
  waits integer not null default 0,
  held_at integer,
  attempt integer not null,
  command text,
  revision integer not null,
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
  rests integer not null default 0,
  primary key(dev, n)
) strict, without rowid;
create index step_ready on step(ord, not_before, dev) where state = 'ready';
create index step_held on step(dev, ord) where state = 'held';
create index step_under_way on step(poll_at, dev) where state in ('issued', 'accepted');
create index step_budget on step(kind, over, dev) where state in ('ready', 'held')
  and kind in ('delete-record', 'uninstall', 'reset', 'retire');
create index step_issued on step(kind, issued_at) where issued_at is not null
  and kind in ('delete-record', 'uninstall', 'reset', 'retire');
create index step_tried on step(dev) where state in ('failed', 'expired', 'unproven') and forgotten = 0;
create index step_past on step(settled_at) where settled_at is not null and rests = 0
  and (forgotten = 1 or state in ('proven', 'lost', 'superseded'));
${STEP_TOTALS}

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
create index revision_at on revision(at) where state <> 'in-force';
-- The documents of the revision in force, which says in "desired" how they stand: a revision writes what it changes.
create table document(doc integer primary key, body text not null) strict;
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
create index approval_expires on approval(expires_at);
create table approval_step(
  dev integer not null references record,
  step text not null,
  approval integer not null references approval,
  used_at integer,
  primary key(dev, step, approval)
) strict, without rowid;
create index approval_step_approval on approval_step(approval, used_at);

${HISTORY}
`

/** The migrations in order; a database's `user_version` is how many of them it has had. */
export const MIGRATIONS: readonly string[] = [FIRST]
