import type { Assignment } from './assignment.ts'
import type { DesiredState, DeviceReference } from './desired.ts'
import type { DeviceRecord, RecordKey } from './device.ts'
import type { CommandId, Observation } from './driver.ts'
import type { Finding, FindingCode } from './finding.ts'
import type { DriftCause, JournalStep, StepState, Verdict } from './journal.ts'
import type { BudgetedKind } from './desired.ts'
import type { Action, Hold, HoldCode, PlannedStep, StepId } from './plan.ts'
import type { Revision } from './source.ts'
import type { Instant } from './time.ts'

/*
 * The store's ports. Every method is asynchronous and exactly one transaction; nothing composes transactions across
 * an await. Each floor asks for the small port it needs; `Store` is the sum for the composition root.
 */

/** One record with what simplane derived for it. `version` grows with every change of the record. */
export type StoredDevice = {
  /** Small integer, for ever the same for a record key; never shown to people. */
  readonly dev: number
  readonly version: number
  readonly record: DeviceRecord
  /** Since when a complete inventory no longer lists it. */
  readonly goneSince?: Instant
  readonly assignment?: Assignment
  readonly status: DeviceStatus
}

/** What the last plan of the device left behind. */
export type DeviceStatus = {
  readonly verdict?: Verdict
  /** Absent: no step. */
  readonly action?: Action
  readonly findings: readonly Finding[]
  readonly drift?: { readonly cause: DriftCause; readonly since: Instant }
  /** Since when it has no eSIM because simplane erased it and the wanted one is not proven yet. */
  readonly withoutEsimSince?: Instant
  /** Digest of the assignment (content included) whose goal this device was last seen to have reached. */
  readonly convergedTo?: string
  /** When its present assignment digest was first wanted of it. */
  readonly wantedSince?: Instant
  readonly wantedDigest?: string
}

/** How an observation becomes a record; pure, and run inside the transaction. Same record: nothing changed. */
export type Merge = (before: StoredDevice | undefined, observation: Observation) => DeviceRecord

export interface FleetStore {
  /**
   * Records one page of observations. A record whose digest (volatile `lastSeenAt` and observation times left out)
   * is unchanged costs one read and a batched last-seen write; a changed or new one enters the worklist together
   * with every record that shares its serial number or EID. `listing` names the inventory under way, or is absent
   * for a look at one device. `next` is remembered as the driver's cursor.
   */
  observe(
    driver: string,
    observations: readonly Observation[],
    merge: Merge,
    listing?: number,
  ): Promise<{ changed: number }>
  /** Starts an inventory of a driver and names it. */
  beginListing(driver: string, at: Instant): Promise<number>
  /**
   * Ends an inventory. `complete`: records of the driver that the listing did not see become gone (and enter the
   * worklist); those seen again are gone no more. Not complete: nobody becomes gone.
   */
  endListing(driver: string, listing: number, complete: boolean, at: Instant): Promise<{ gone: number }>
  /** Each driver's last inventories. */
  inventories(): Promise<readonly Inventory[]>
  /** Replaces one record by hand of the reconciler (a step settled); `undefined`: it is deleted in the MDM and forgotten. */
  putRecord(key: RecordKey, record: DeviceRecord | undefined): Promise<void>
  /** Keyset walk over all records in order of `dev`; `after` 0 begins. */
  scan(after: number, limit: number): Promise<readonly StoredDevice[]>
  get(keys: readonly RecordKey[]): Promise<readonly StoredDevice[]>
  /** Devices whose serial number, EID, IMEI, id, key, name or user equals `text` (names and users without case), at most `limit`. */
  find(text: string, limit: number): Promise<readonly StoredDevice[]>
  /** The records that each reference fits, by `kind:text` as plan/references.ts writes it; those that fit nobody are absent. */
  referenced(references: readonly DeviceReference[]): Promise<ReadonlyMap<string, readonly StoredDevice[]>>
  /** All records that share a serial number or EID (case folded) with one of these devs, these included. */
  siblings(devs: readonly number[]): Promise<readonly StoredDevice[]>
}

export type Inventory = {
  readonly driver: string
  readonly listing: number
  readonly startedAt: Instant
  readonly endedAt?: Instant
  readonly complete: boolean
}

/** A device as the worklist gives it: `seq` must be handed back to leave the list. */
export type WorkItem = { readonly seq: number; readonly device: StoredDevice }

export type PlannedRow = {
  readonly step: PlannedStep
  readonly attempt: number
  readonly notBefore?: Instant
}

/** The result of planning one record. */
export type DeviceOutcome = {
  readonly dev: number
  /** The version that was planned; another one now: the device stays on the list and these rows are not written. */
  readonly version: number
  readonly seq: number
  readonly assignment: Assignment
  readonly status: DeviceStatus
  /** The record with what planning learned to remember of it; written along, and no reason to plan again. */
  readonly record?: DeviceRecord
  /** Replace every row of the device that is not issued yet (those become `superseded` when they differ by step id, and vanish). */
  readonly steps: readonly PlannedRow[]
}

export interface WorkStore {
  /** The worklist in order of entry. Devices with an issued or accepted step are left out until it settles. */
  work(limit: number, after?: number): Promise<readonly WorkItem[]>
  /** How many wait, those with a step under way included. */
  workSize(): Promise<number>
  /** Puts devices on the worklist: all, these, the ones whose due time has come, or (open) those with a step not issued yet. */
  enlist(which: 'all' | 'due' | 'open' | readonly number[], now: Instant): Promise<number>
  /** A later visit: the device enters the worklist when `enlist('due')` is asked at or after `at`. */
  visitAt(visits: readonly { readonly dev: number; readonly at: Instant }[]): Promise<void>
  /** Writes the result of planning a batch and takes it off the list. */
  savePlans(outcomes: readonly DeviceOutcome[], run: number, revision: string, now: Instant): Promise<void>
  /** Unissued steps of the budgeted kinds that nothing but a budget holds and whose earlier steps are not held, by device key (code points), then n. */
  candidates(kind: BudgetedKind, now: Instant): Promise<readonly Candidate[]>
  /** Steps of a kind issued at or after `since`. */
  used(kind: BudgetedKind, since: Instant): Promise<number>
  /** Sets and clears `budget-exceeded` on these steps and on every later unissued step of their devices. */
  allot(
    changes: readonly { readonly dev: number; readonly n: number; readonly over: boolean }[],
  ): Promise<void>
  /** Members now of each group named by an assignment, and who left it since it was last judged. */
  memberships(): Promise<
    readonly { readonly group: string; readonly members: number; readonly left: readonly number[] }[]
  >
  /** Judges who left a group: not shrunk (forgets them), or shrunk (their steps stay held until approved). */
  judgeGroup(group: string, shrank: boolean): Promise<void>
  /** The groups judged shrunk that each of these devices left; devices without any are absent. */
  shrunk(devs: readonly number[]): Promise<ReadonlyMap<number, readonly string[]>>
}

export type Candidate = {
  readonly dev: number
  readonly n: number
  readonly device: RecordKey
  readonly over: boolean
  readonly approved: boolean
}

/** What became of a step that was under way. */
export type Settlement = {
  readonly dev: number
  readonly n: number
  readonly state: StepState
  readonly at: Instant
  readonly pollAt?: Instant
  readonly deadline?: Instant
  readonly proof?: NonNullable<JournalStep['proof']>
  readonly error?: NonNullable<JournalStep['error']>
  /** The record as it now is, where the settlement changed what is remembered; same transaction. */
  readonly record?: DeviceRecord
  /** true: the record is gone from the MDM (delete-record proven on `record` of the step). */
  readonly deleted?: RecordKey
}

export interface JournalStore {
  /**
   * Takes up to `limit` ready steps, the first unsettled one of its device, whose `notBefore` has come and whose
   * device has no step under way, and writes them as issued: command id `epoch.dev.n.attempt`, baseline, deadline.
   * Journal before effect: only what this returns may be sent. `drivers`: only devices of these.
   */
  claim(
    limit: number,
    drivers: readonly string[],
    run: number,
    now: Instant,
    deadline: Instant,
  ): Promise<readonly ClaimedStep[]>
  /** Steps issued or accepted whose `pollAt` (absent: at once) has come. */
  underWay(now: Instant, limit: number): Promise<readonly ClaimedStep[]>
  /** Writes settlements in one transaction; a terminal state puts the device and its siblings on the worklist. */
  settle(settlements: readonly Settlement[]): Promise<void>
  /** The earliest moment at which something is to be polled, issued or visited; absent: nothing is. */
  nextDue(now: Instant): Promise<Instant | undefined>
  /** Failed, expired and unproven tries of the same step id, newest first. */
  tries(steps: readonly { readonly dev: number; readonly id: StepId }[]): Promise<readonly Try[]>
  /** Forgets tries, so that the step is tried again; gives the number of devices. */
  forgetTries(devs: readonly number[] | 'all'): Promise<number>
  /** All steps of one device, newest first. */
  steps(dev: number, limit: number): Promise<readonly JournalStep[]>
}

export type ClaimedStep = JournalStep & { readonly command: CommandId; readonly stored: StoredDevice }

export type Try = {
  readonly dev: number
  readonly id: StepId
  readonly state: StepState
  readonly revision: string
  readonly attempt: number
  readonly settledAt: Instant
  readonly error?: NonNullable<JournalStep['error']>
}

/** A revision and what became of it. */
export type StoredRevision = {
  readonly seq: number
  readonly revision: Revision
  readonly at: Instant
  readonly state: 'in-force' | 'superseded' | 'refused'
  readonly findings: readonly Finding[]
  /** No EsimConfiguration where the one before had one: nothing destructive is planned from it. */
  readonly emptySource: boolean
  readonly rewritten: boolean
}

export type InForce = StoredRevision & { readonly desired: DesiredState }

/** When a retirement (or, as `retirement/group`, one of its groups) was first applied, and who was in that group then. */
export type RetirementMemory = {
  readonly name: string
  readonly firstAppliedAt: Instant
  readonly members: ReadonlySet<RecordKey>
}

export interface RevisionStore {
  /** The last good one; absent before the first. */
  inForce(): Promise<InForce | undefined>
  /** The last one seen, good or refused. */
  latest(): Promise<StoredRevision | undefined>
  /** Puts a revision in force; every device enters the worklist. */
  apply(
    entry: Omit<StoredRevision, 'seq' | 'state'> & { readonly desired: DesiredState },
  ): Promise<StoredRevision>
  /** Notes a revision that is not valid; what is in force stays. */
  refuse(entry: Omit<StoredRevision, 'seq' | 'state' | 'emptySource'>): Promise<StoredRevision>
  /** Remembers retirements that are applied for the first time; one that is remembered stays as it is. */
  rememberRetirements(retirements: readonly RetirementMemory[]): Promise<void>
  retirements(): Promise<readonly RetirementMemory[]>
}

export type StoredHold = Hold & {
  readonly since: Instant
  readonly steps: readonly {
    readonly dev: number
    readonly n: number
    readonly id: StepId
    readonly device: RecordKey
  }[]
}

export type Approval = {
  readonly id: number
  readonly hold: string
  readonly codes: readonly HoldCode[]
  readonly by: string
  readonly reason?: string
  readonly at: Instant
  readonly expiresAt: Instant
  readonly steps: readonly StepId[]
}

export interface HoldStore {
  /** Every held step now, gathered by `hold`. */
  holds(): Promise<readonly StoredHold[]>
  /** Binds exactly these step ids; their devices enter the worklist. Nothing for an empty list: throws `not-found`. */
  approve(approval: Omit<Approval, 'id'>): Promise<Approval>
  /** Step ids that an approval covers now. */
  approved(now: Instant): Promise<ReadonlySet<StepId>>
  approvals(limit: number): Promise<readonly Approval[]>
}

export type RunCounts = {
  readonly observed: number
  readonly changed: number
  readonly planned: number
  readonly steps: number
  readonly held: number
  readonly issued: number
  readonly proven: number
  readonly failed: number
}

export type Run = {
  readonly id: number
  /** start, schedule, change, request, settle ... */
  readonly trigger: string
  readonly revision?: string
  readonly startedAt: Instant
  readonly endedAt?: Instant
  readonly counts: RunCounts
  readonly error?: string
}

export type EventKind = 'revision' | 'refused' | 'run' | 'step' | 'approve' | 'retry' | 'gone' | 'error'

/** One line of history. */
export type Event = {
  readonly id: number
  readonly at: Instant
  readonly kind: EventKind
  readonly message: string
  readonly actor?: string
  readonly run?: number
  readonly revision?: string
  readonly device?: RecordKey
}

export interface RunStore {
  beginRun(trigger: string, revision: string | undefined, at: Instant): Promise<number>
  endRun(
    id: number,
    counts: RunCounts,
    revision: string | undefined,
    at: Instant,
    error?: string,
  ): Promise<void>
  runs(limit: number): Promise<readonly Run[]>
  record(events: readonly Omit<Event, 'id'>[]): Promise<void>
  history(filter: {
    readonly since?: Instant
    readonly device?: RecordKey
    readonly limit: number
  }): Promise<readonly Event[]>
  /** Another process asks the running service for a pass; gives the request's number. */
  request(trigger: string, at: Instant): Promise<number>
  /** Requests not taken yet, oldest first; taking them is part of the same transaction. */
  takeRequests(): Promise<readonly { readonly id: number; readonly trigger: string }[]>
  /** The highest request number that a finished run has answered. */
  answered(): Promise<number>
  answer(request: number): Promise<void>
}

export type DeviceFilter = {
  readonly verdict?: Verdict
  readonly finding?: FindingCode
  readonly configuration?: string
  readonly group?: string
  readonly retirement?: string
  readonly platform?: string
  readonly drift?: boolean
  readonly withoutEsim?: boolean
}

/** The numbers of the status screen. */
export type FleetCounts = {
  readonly devices: number
  /** Records with registration active. */
  readonly active: number
  readonly byVerdict: Readonly<Record<Verdict, number>>
  readonly byPlatform: Readonly<Record<string, number>>
  readonly withoutEsim: number
  readonly withoutEsimSince?: Instant
  readonly findings: readonly { readonly code: FindingCode; readonly devices: number }[]
  readonly drift: readonly { readonly cause: DriftCause; readonly devices: number; readonly since: Instant }[]
  readonly configurations: readonly ({ readonly name: string; readonly wanted: number } & Readonly<
    Record<Verdict, number>
  >)[]
  readonly retirements: readonly {
    readonly name: string
    readonly devices: number
    readonly ready: number
    readonly working: number
    readonly held: number
  }[]
  /** Steps not settled yet, by state. */
  readonly open: { readonly ready: number; readonly held: number; readonly underWay: number }
  readonly oldestSeen?: Instant
  readonly newestSeen?: Instant
}

export interface ReadStore {
  counts(): Promise<FleetCounts>
  /** Matching devices by key (code points). */
  devices(filter: DeviceFilter, limit: number, after?: RecordKey): Promise<readonly StoredDevice[]>
  /** Grows whenever another process wrote: how a service notices an approval made beside it. */
  dataVersion(): Promise<number>
}

export interface Store
  extends
    FleetStore,
    WorkStore,
    JournalStore,
    RevisionStore,
    HoldStore,
    RunStore,
    ReadStore,
    AsyncDisposable {}
