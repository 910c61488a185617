import type { Instant } from './time.ts'

/** What one revision wants of one device: exactly one thing (planning.md section 1). */
export type Wanted =
  | { readonly kind: 'nothing' }
  | {
      readonly kind: 'configuration'
      readonly configuration: string
      /** The latest `on` of the redownload entries that select the device. */
      readonly redownload?: Instant
    }
  | {
      readonly kind: 'retirement'
      readonly retirement: string
      readonly finish: 'by-hand' | 'in-mdm'
      /** Named by `devices` or `devicesFrom`: naming it is the decision, so an unknown eSIM list does not hold its reset. */
      readonly named: boolean
    }
  /** Nobody can tell: no step until a person has settled it. */
  | {
      readonly kind: 'undecided'
      readonly code: 'priority-tie' | 'ambiguous-device'
      readonly configurations: readonly string[]
    }

/** A device's place in the desired state, resolved. Stored beside the record; compared by `digestOf`. */
export type Assignment = {
  readonly wanted: Wanted
  /** DeviceGroups it is a member of, sorted. */
  readonly groups: readonly string[]
  /** Configurations that select it and lost by priority, best first. */
  readonly outranked: readonly string[]
  /** Configurations of another platform that name the device one by one, sorted. */
  readonly otherPlatform: readonly string[]
  /** The Retirement that would select it, had it not enrolled again, or joined the group, after that was first applied. */
  readonly returned?: string
  /** What Policy `connectivity` declares for its groups. */
  readonly otherConnectivity?: 'yes' | 'no'
}
