import type { Store } from '../domain/store.ts'
import type { StoredDevice } from '../domain/stored-device.ts'
import type { AssignmentIndex } from '../plan/assign.ts'
import { gatherHardware } from '../plan/hardware.ts'
import { referenceKey } from '../plan/references.ts'

/** References that nobody can resolve: they fit two devices. */
export type Doubts = {
  /** By `referenceKey`. */
  readonly ambiguous: ReadonlySet<string>
  /** Devices that such a reference fits as well and whose plan does not say so yet. */
  readonly rivals: readonly number[]
}

const NONE: Doubts = { ambiguous: new Set(), rivals: [] }

/** Which of the references that name one of these devices fit another device too. */
export async function doubtsAbout(
  store: Pick<Store, 'referenced'>,
  index: AssignmentIndex,
  devices: readonly StoredDevice[],
): Promise<Doubts> {
  if (index.references.all.length === 0) return NONE
  const named = new Map(
    devices
      .flatMap(({ face }) => index.references.naming(face))
      .map((reference) => [referenceKey(reference), reference]),
  )
  if (named.size === 0) return NONE
  const ambiguous = new Set<string>()
  const rivals = new Set<number>()
  const here = new Set(devices.map(({ dev }) => dev))
  for (const [key, fitting] of await store.referenced([...named.values()])) {
    if (fitting.length < 2 || gatherHardware(fitting.map(({ record }) => record)).length < 2) continue
    ambiguous.add(key)
    for (const each of fitting) if (!here.has(each.dev) && !isDoubtful(each)) rivals.add(each.dev)
  }
  return { ambiguous, rivals: [...rivals] }
}

function isDoubtful({ assignment }: StoredDevice): boolean {
  return assignment?.wanted.kind === 'undecided' && assignment.wanted.code === 'ambiguous-device'
}
