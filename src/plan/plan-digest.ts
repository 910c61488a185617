import { createHash } from 'node:crypto'
import type { PlannedDevice } from '../domain/plan.ts'
import { compareText } from '../domain/text.ts'

/** `sha256:` of the revision and the sorted step ids: two plans with one digest do the same things (planning.md section 7). */
export function planDigest(
  revision: string | undefined,
  devices: readonly Pick<PlannedDevice, 'steps'>[],
): string {
  const ids = devices.flatMap((device) => device.steps.map((step) => step.id as string)).sort(compareText)
  return planDigestOf(revision, [ids])
}

/** The same of step ids that come sorted already, in runs. */
export function planDigestOf(revision: string | undefined, sorted: Iterable<readonly string[]>): string {
  const hash = createHash('sha256').update(`${revision ?? ''}\n`)
  for (const ids of sorted) if (ids.length > 0) hash.update(`${ids.join('\n')}\n`)
  return `sha256:${hash.digest('hex')}`
}
