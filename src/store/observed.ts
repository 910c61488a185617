import { hash } from 'node:crypto'
import type { DeviceFacts } from '../domain/device.ts'
import type { Instant } from '../domain/time.ts'

// What is undefined JSON leaves out, and a copy of everything is cheaper than one of everything but these.
const NO_AGES = { lastSeenAt: undefined, installedObservedAt: undefined, esimsObservedAt: undefined }

/** What an observation says but for its ages: equal exactly when, but for those, two say the same in the same words. */
export function observationDigest(facts: DeviceFacts): string {
  return hash('sha256', JSON.stringify({ ...facts, ...NO_AGES }), 'base64url').slice(0, 16)
}

/** How old what is known of a device is. */
export type Ages = {
  readonly at: Instant | null
  readonly installed_at: Instant | null
  readonly esims_at: Instant | null
}

/**
 * The ages of a record that is seen again as it was: what was read now is as old as it says, the rest as old as before;
 * an age that was absent was that of the last check-in.
 */
export function agesSeenAgain(facts: DeviceFacts, before: Ages): Ages {
  const { lastSeenAt, installed, esims, installedObservedAt, esimsObservedAt } = facts
  return {
    at: lastSeenAt ?? null,
    installed_at:
      installed === 'unknown'
        ? (before.installed_at ?? before.at)
        : (installedObservedAt ?? lastSeenAt ?? null),
    esims_at: esims === 'unknown' ? (before.esims_at ?? before.at) : (esimsObservedAt ?? lastSeenAt ?? null),
  }
}
