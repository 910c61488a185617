import type { EsimSpec, OnRemove } from './esim.ts'
import type { StepKind } from './plan.ts'
import type { Duration, Instant } from './time.ts'

/** Where something is written. Lines and columns count from 1, columns in UTF-16 units. */
export type Place = { readonly file: string; readonly line: number; readonly column: number }

/** observe: record and report; propose: plan and wait for an approval; enforce: act (planning.md section 6). */
export type Mode = 'observe' | 'propose' | 'enforce'

/** Everything one revision asks for: validated, defaults filled in, lists read. */
export type DesiredState = {
  readonly configurations: readonly EsimConfiguration[]
  readonly groups: readonly DeviceGroup[]
  readonly retirements: readonly Retirement[]
  readonly policy: Policy
}

type Named = {
  readonly name: string
  readonly description?: string
  readonly labels: Readonly<Record<string, string>>
  /** Where the document begins. */
  readonly place: Place
  /** Where each written key stands, by its path below the document: `spec.windows.serverName`, `spec.distribution.groups.0`. */
  readonly places: Readonly<Record<string, Place>>
}

export type EsimConfiguration = Named & {
  readonly enabled: boolean
  readonly spec: EsimSpec
  readonly distribution: Distribution
  /** The lowest number wins (S30). */
  readonly priority: number
  readonly onRemove: OnRemove
  readonly redownloads: readonly Redownload[]
  /** Already resolved against the Policy's. */
  readonly mode: Mode
}

/** Who gets it: `all` and `none` ignore the selection; a missing distribution is `none` (S9). */
export type Distribution = {
  readonly to: 'all' | 'none' | 'custom'
  readonly select: Selection
  readonly except: Selection
}

/** A union; what is empty selects nobody. */
export type Selection = {
  /** Names of DeviceGroups; validated to exist. */
  readonly groups: readonly string[]
  /** `devices` and the lines of `devicesFrom`, in that order. */
  readonly devices: readonly DeviceReference[]
}

/** Serial number, EID or record id; `as` is set by a prefix (`serial:`, `eid:`, `id:`). */
export type DeviceReference = {
  readonly text: string
  readonly as?: 'serial' | 'eid' | 'id'
  readonly place: Place
}

/** Every selected device whose eSIM was installed before `on` downloads again, once (S16). */
export type Redownload = {
  readonly on: Instant
  readonly to: 'all' | 'custom'
  readonly select: Selection
  readonly except: Selection
  readonly place: Place
}

export type DeviceGroup = Named & {
  readonly selector?: Selector
  readonly devices: readonly DeviceReference[]
  readonly except: { readonly devices: readonly DeviceReference[] }
}

/** Every line must hold. A selector with no line at all matches nobody. */
export type Selector = {
  /** Member of at least one of these. `undefined`: no such line; `[]`: matches nobody. */
  readonly mdmGroups?: readonly string[]
  readonly matchLabels?: Readonly<Record<string, string>>
  readonly matchExpressions?: readonly MatchExpression[]
}

export type MatchExpression = {
  readonly key: string
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'
  readonly values: readonly string[]
}

export type Retirement = Named & {
  readonly select: Selection
  readonly finish: 'by-hand' | 'in-mdm'
  /** Only enrolments before this are targets; absent: before the moment the document was first applied. */
  readonly enrolledBefore?: Instant
}

export type BudgetedKind = 'reset' | 'uninstall' | 'retire' | 'delete-record'

/** Per rolling 24 hours: the larger of what is written. */
export type Budget = 'unlimited' | { readonly perDay?: number; readonly share?: Share }

/** A share of the active devices in ten-thousandths, so that 1% is 100 and no float decides a reset. */
export type Share = number

export type Proof = 'observed' | 'attested' | 'accepted'

export type Policy = {
  readonly mode: Mode
  readonly budgets: Readonly<Record<BudgetedKind, Budget>>
  readonly connectivity: readonly {
    readonly groups: readonly string[]
    readonly other: 'yes' | 'no'
    readonly place: Place
  }[]
  readonly stranding: { readonly unknown: 'hold' | 'allow' }
  readonly unknownEsims: Readonly<Record<'redownload' | 'erase' | 'retirement', 'hold' | 'allow'>>
  readonly freshness: { readonly destructive: Duration }
  readonly proof: Readonly<Partial<Record<StepKind, Proof>>>
  readonly retries: { readonly attempts: number; readonly within: Duration }
  /** Absent when no Policy document exists. */
  readonly place?: Place
}

/** The defaults of planning.md section 4, in force with no Policy at all. */
export const DEFAULT_POLICY: Policy = {
  mode: 'enforce',
  budgets: {
    reset: { perDay: 5, share: 100 },
    uninstall: { perDay: 20, share: 500 },
    retire: { perDay: 5, share: 100 },
    'delete-record': { perDay: 5, share: 100 },
  },
  connectivity: [],
  stranding: { unknown: 'hold' },
  unknownEsims: { redownload: 'hold', erase: 'hold', retirement: 'hold' },
  freshness: { destructive: 24 * 3_600_000 },
  proof: {},
  retries: { attempts: 5, within: 24 * 3_600_000 },
}
