import { type Touched, touchRecord } from '../touched.ts'
import type { Session, Value } from './session.ts'

// Each as often as it is found: making them distinct, the server would provide for what it believes, a million.
const SHARING = `select i.dev from unnest($1::text[]) b(code) join identity i on i.serial = b.code
  union all select i.dev from unnest($2::text[]) b(code) join identity i on i.eid = b.code`
// A new seq each time: whoever is planning the device just now must not take it off the list.
const ENLIST = (
  devs: string,
): string => `insert into work(seq, dev) select nextval('work_seq'), dev from (${devs}) x
  on conflict(dev) do update set seq = excluded.seq`
const ENLIST_THESE = ENLIST('select dev from device where dev = any($1::int[]) order by dev')
// Writing a whole list anew costs as much as planning a good part of it: those on it enter again with the floor.
const RAISE_FLOOR = "update entered set floor = nextval('work_seq')"
const HOLD_FLOOR = 'select floor from entered for share'
const ENLIST_OTHERS = ENLIST(`select dev from device d
  where (select true from work w where w.dev = d.dev limit 1) is null order by dev`)
const IDENTITIES = 'select serial, eid from identity where dev = any($1::int[])'

/** `kin` in ASCII. */
const KIN = 0x6b_69_6e
const KNOW_KIN = `select pg_advisory_xact_lock_shared(${KIN}, hashtext(current_schema()))`
const CHANGE_KIN = `select pg_advisory_xact_lock(${KIN}, hashtext(current_schema()))`

/**
 * Who shares an identity with whom is about to change: from here to its end, one transaction at a time may do that, and
 * none looks for siblings meanwhile. Else two that become siblings at once would each miss the other. Comes after the
 * identities are written and before anybody is enlisted.
 */
export async function changeKin(session: Session): Promise<void> {
  await session.rows(CHANGE_KIN)
}

/** Puts everything touched on the worklist, each device once, in order of `dev`; gives how many. Comes last. */
export async function enlist(session: Session, touched: Touched): Promise<number> {
  if (touched.serials.size + touched.eids.size > 0) await session.rows(KNOW_KIN)
  const devs = await reached(session, touched)
  return devs.length === 0 ? 0 : session.run(ENLIST_THESE, devs)
}

/** The seq that stands for the one on the list, `w.seq`: what was planned with another is not written. */
export const SEQ = 'greatest(w.seq, (select floor from entered))'

/** Puts everybody on the worklist; nobody is taken off it from here to the end, or who was seen on it could be missed. */
export async function enlistAll(session: Session): Promise<void> {
  await Promise.all([session.run(RAISE_FLOOR), session.run(ENLIST_OTHERS)])
}

/** Nobody raises the floor until the transaction ends. Comes before the list is looked at to take somebody off it. */
export async function holdFloor(session: Session): Promise<void> {
  await session.rows(HOLD_FLOOR)
}

/** Puts those on the worklist whom a select of `dev` in order names; gives how many. */
export function enlistSelected(
  session: Session,
  select: string,
  ...values: readonly Value[]
): Promise<number> {
  return session.run(ENLIST(select), ...values)
}

/** The devices touched and their siblings, in order. */
export async function reached(
  session: Session,
  { devs, serials, eids }: Touched,
): Promise<readonly number[]> {
  const all = new Set(devs)
  for (const dev of await sharing(session, serials, eids)) all.add(dev)
  return [...all].sort((a, b) => a - b)
}

/** The devices with one of these serial numbers or EIDs, in upper case. */
export async function sharing(
  session: Session,
  serials: ReadonlySet<string>,
  eids: ReadonlySet<string>,
): Promise<ReadonlySet<number>> {
  if (serials.size + eids.size === 0) return new Set()
  const rows = await session.rows<{ dev: number }>(SHARING, [...serials], [...eids])
  return new Set(rows.map(({ dev }) => dev))
}

/** Adds devices and what their stored identities name. */
export async function touch(session: Session, touched: Touched, devs: readonly number[]): Promise<void> {
  if (devs.length === 0) return
  for (const dev of devs) touched.devs.add(dev)
  const rows = await session.rows<{ serial: string | null; eid: string | null }>(IDENTITIES, devs)
  for (const { serial, eid } of rows) {
    touchRecord(touched, {
      ...(serial === null ? {} : { serialNumber: serial }),
      ...(eid === null ? {} : { eid }),
    })
  }
}
