import type { DesiredState } from '../../domain/desired.ts'
import type { RecordKey } from '../../domain/device.ts'
import type { Finding } from '../../domain/finding.ts'
import type { Hold } from '../../domain/plan.ts'
import type { Store } from '../../domain/store.ts'
import { fleetFindings } from '../../plan/fleet-findings.ts'
import { gatherHardware } from '../../plan/hardware.ts'
import { indexReferences, referenceKey } from '../../plan/references.ts'

type Facts = {
  readonly desired: DesiredState
  readonly peopled: ReadonlySet<string>
  readonly holds: readonly Hold[]
}

/** What only the whole fleet shows of a proposed desired state, and did not show of the one before. */
export async function newFleetFindings(
  store: Pick<Store, 'referenced'>,
  facts: Facts,
  before: DesiredState | undefined,
  peopledBefore: ReadonlySet<string>,
): Promise<readonly Finding[]> {
  const found = await findingsOf(store, facts)
  if (before === undefined) return found
  const known = await findingsOf(store, { desired: before, peopled: peopledBefore, holds: [] })
  const texts = new Set(known.map(({ code, message }) => `${code} ${message}`))
  return found.filter(({ code, message }) => !texts.has(`${code} ${message}`))
}

async function findingsOf(
  store: Pick<Store, 'referenced'>,
  { desired, peopled, holds }: Facts,
): Promise<Finding[]> {
  const references = indexReferences(desired).all
  const fitting = await store.referenced(references)
  const named = new Map<string, readonly RecordKey[]>()
  for (const reference of references) {
    const key = referenceKey(reference)
    const records = (fitting.get(key) ?? []).map(({ record }) => record)
    if (records.length > 0)
      named.set(
        key,
        gatherHardware(records).map(({ steering }) => steering.key),
      )
  }
  return fleetFindings({ desired, references, named, peopled, holds })
}
