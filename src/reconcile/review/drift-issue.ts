import type { Forge } from '../../domain/forge.ts'
import type { DriftCause } from '../../domain/journal.ts'
import type { MemoryStore } from '../../domain/memory-store.ts'
import type { InForce } from '../../domain/revision-store.ts'
import type { Store } from '../../domain/store.ts'
import { compareText } from '../../domain/text.ts'
import { DAY, HOUR, MINUTE, type Clock, type Duration, type Instant } from '../../domain/time.ts'
import { driftMarkdown, type DriftBefore } from '../../report/drift-markdown.ts'
import { DRIFT_REPAIRS } from '../../report/drift.ts'
import type { DriftRepair, DriftSummary } from '../../report/drift.ts'
import { sumUpDrift } from '../drift-report.ts'
import { inventoriesComplete, type PlanningParts } from '../question.ts'

type DriftIssueParts = Pick<PlanningParts, 'drivers'> & {
  readonly forge: Forge
  readonly store: Store
  readonly clock: Clock
}

/** The one issue in which the drift of the fleet is kept. */
export type DriftIssue = {
  /** Looks at the fleet where it is time to, and brings the issue up to date. Throws what the forge throws. */
  tell(inForce: InForce | undefined): Promise<void>
}

type Told = {
  readonly version: 1
  readonly at: Instant
  /** The issue is there, as far as we know. */
  readonly open: boolean
  readonly drifted: number
  readonly causes: readonly {
    readonly cause: DriftCause
    readonly configuration?: string
    readonly devices: number
    readonly repairs: Readonly<Partial<Record<DriftRepair, number>>>
  }[]
  /** How many there were, and since when; the oldest is more than a day old. */
  readonly history: readonly (readonly [at: Instant, drifted: number])[]
}

const MARKER = '<!-- simplane:drift -->'
/** It never changes: forges tell everybody who follows an issue of a new title. */
const TITLE = 'Devices drifted from the desired state'
const NAME = 'drift-issue'
/** Looking goes through the fleet, and forges count how often a text is written over. */
const EVERY: Duration = 15 * MINUTE
/** What still stands is told anew so that its ages are right. */
const AGAIN: Duration = DAY
const BUDGET = 60_000

/** `identities`: devices in clear. What was told outlives the process in `store.remember`. */
export function openDriftIssue(
  parts: DriftIssueParts,
  { identities }: { readonly identities: boolean },
): DriftIssue {
  const { forge, store, clock } = parts
  let lookedAt: Instant = -Infinity

  async function tell(inForce: InForce | undefined): Promise<void> {
    const now = clock.now()
    if (inForce === undefined || now - lookedAt < EVERY) return
    const told = await recall(store)
    if (told !== undefined && now - told.at < EVERY) return
    // Of a device that was not read, what is recorded is old: that it drifts no more would be said of what nobody saw.
    if (!(await inventoriesComplete(parts))) return
    const summary = await sumUpDrift(store, inForce, now)
    const fresh = tellingOf(summary, told)
    if (fresh.open) {
      if (told === undefined || now - told.at >= AGAIN || !isSame(told, fresh))
        await write(summary, told, fresh)
    } else if (told?.open !== false) await close(summary, told, fresh)
    // Only once all of it is done: after trouble the next round tries again.
    lookedAt = now
  }

  async function write(summary: DriftSummary, told: Told | undefined, fresh: Told): Promise<void> {
    await forge.issue({
      marker: MARKER,
      title: TITLE,
      body: bodyOf(summary, told, MARKER),
      labels: ['drift'],
    })
    await store.remember(NAME, JSON.stringify(fresh))
  }

  /** Where nothing is remembered an issue may be open all the same: the forge knows. */
  async function close(summary: DriftSummary, told: Told | undefined, fresh: Told): Promise<void> {
    await forge.closeIssue(MARKER, bodyOf(summary, told))
    await store.remember(NAME, JSON.stringify(fresh))
  }

  function bodyOf(summary: DriftSummary, told: Told | undefined, marker?: string): string {
    const before = told === undefined ? undefined : beforeOf(told, summary.now)
    return driftMarkdown(summary, {
      identities,
      budget: Math.min(BUDGET, forge.capabilities.largestText),
      ...(before === undefined ? {} : { before }),
      ...(marker === undefined ? {} : { marker }),
    })
  }

  return { tell }
}

async function recall(store: MemoryStore): Promise<Told | undefined> {
  const text = await store.remembered(NAME)
  if (text === undefined) return undefined
  const value = JSON.parse(text) as Partial<Told>
  return value.version === 1 ? (value as Told) : undefined
}

function tellingOf({ now, drifted, causes }: DriftSummary, told: Told | undefined): Told {
  // The last of each hour is enough to know how many there were yesterday.
  const hour = Math.floor(now / HOUR)
  const since = (told?.history ?? []).filter(([at]) => Math.floor(at / HOUR) !== hour)
  const history = [...since, [now, drifted] as const]
  const oldest = history.findLastIndex(([at]) => now - at >= DAY)
  return {
    version: 1,
    at: now,
    open: drifted > 0,
    drifted,
    causes: causes.map(({ cause, configuration, devices, repairs }) => ({
      cause,
      ...(configuration === undefined ? {} : { configuration }),
      devices,
      repairs,
    })),
    history: history.slice(Math.max(0, oldest)),
  }
}

function beforeOf({ at, drifted, causes, history }: Told, now: Instant): DriftBefore {
  const dayAgo = history.findLast(([since]) => now - since >= DAY)
  return { at, drifted, causes, ...(dayAgo === undefined ? {} : { yesterday: dayAgo[1] }) }
}

/** The same numbers, of the same causes and configurations, with the same that repairs itself. */
function isSame(told: Told, fresh: Told): boolean {
  const numbers = ({ causes }: Told): readonly string[] =>
    causes
      .map(({ cause, configuration, repairs }) =>
        JSON.stringify([cause, configuration, ...DRIFT_REPAIRS.map((repair) => repairs[repair] ?? 0)]),
      )
      .sort(compareText)
  return JSON.stringify(numbers(told)) === JSON.stringify(numbers(fresh))
}
