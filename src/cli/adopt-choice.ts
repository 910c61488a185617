import { adoptDrift, type Adopting, type DriftedDevice, type NotAdopted } from '../desired/adopting.ts'
import type { DesiredState } from '../domain/desired.ts'
import type { RecordKey } from '../domain/device.ts'
import type { SourceFile } from '../domain/source.ts'
import type { Store } from '../domain/store.ts'
import { compareText } from '../domain/text.ts'
import { resolveTarget, theDevice } from '../reconcile/target.ts'
import { referenceOf, whatItHas } from './adopt-facts.ts'
import { membersOf, wantingOf, type Looked, type LookedAt } from './adopt-fleet.ts'

/** Whose drift is meant; nothing: everybody's. */
export type Choice = {
  readonly configuration?: string
  readonly group?: string
  readonly device?: readonly string[]
}

/** Throws `not-found` and `ambiguous` for what is not one thing of the revision in force. */
export async function chosen(
  store: Store,
  desired: DesiredState,
  choice: Choice,
  looked: LookedAt,
): Promise<readonly Looked[]> {
  const { configuration, group, device: references } = choice
  if (configuration !== undefined) await resolveTarget(store, desired, `configuration/${configuration}`)
  if (group !== undefined) await resolveTarget(store, desired, `group/${group}`)
  const named = new Set<RecordKey>()
  for (const reference of references ?? []) named.add((await theDevice(store, reference)).device.record.key)
  return [...looked.values()].filter(({ record, item, assignment }) => {
    if (references !== undefined ? !named.has(record.key) : item.device.status.drift === undefined)
      return false
    const { wanted, groups } = assignment
    if (group !== undefined && !groups.includes(group)) return false
    return (
      configuration === undefined ||
      (wanted.kind === 'configuration' && wanted.configuration === configuration)
    )
  })
}

/** What can be adopted of the chosen devices, and what not and why. */
export function adoptingOf(
  given: {
    readonly desired: DesiredState
    readonly files: readonly SourceFile[]
    readonly ignore: readonly string[]
  },
  choice: Choice,
  devices: readonly Looked[],
  looked: LookedAt,
): Adopting {
  const { desired } = given
  const configurations = new Map(desired.configurations.map((each) => [each.name, each]))
  const drifted: DriftedDevice[] = []
  const refused = new Map<string, { devices: RecordKey[] } & Omit<NotAdopted, 'devices'>>()
  for (const each of devices) {
    const { wanted } = each.assignment
    const configuration = wanted.kind === 'configuration' ? wanted.configuration : undefined
    const found = whatItHas(each, configuration === undefined ? undefined : configurations.get(configuration))
    const { key } = each.record
    if ('has' in found) {
      if (configuration !== undefined)
        drifted.push({ device: key, reference: referenceOf(each.record), configuration, has: found.has })
      continue
    }
    const alike = JSON.stringify([configuration, found.why])
    const known = refused.get(alike) ?? {
      devices: [],
      ...(configuration === undefined ? {} : { configuration }),
      ...found,
    }
    refused.set(alike, known)
    known.devices.push(key)
  }
  const adopting = adoptDrift({
    ...given,
    drifted,
    wanting: wantingOf(looked, desired),
    members: membersOf(looked),
    named: choice.device !== undefined,
    ...(choice.group === undefined ? {} : { group: choice.group }),
  })
  const kept = [...refused.values()].sort((a, b) => compareText(a.configuration ?? '', b.configuration ?? ''))
  return { ...adopting, notAdopted: [...adopting.notAdopted, ...kept] }
}
