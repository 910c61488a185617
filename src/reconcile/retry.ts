import type { Store } from '../domain/store.ts'
import type { StoredDevice } from '../domain/stored-device.ts'
import type { Instant } from '../domain/time.ts'
import { counted } from '../report/numbers.ts'
import type { Target } from './target.ts'
import { walkMatching } from './walk.ts'

/** Every device of a target, by key. */
export async function devicesOf(store: Store, target: Target): Promise<StoredDevice[]> {
  if (target.kind === 'device') return [target.device]
  const filter = target.kind === 'fleet' ? {} : { [target.kind]: target.name }
  return await Array.fromAsync(walkMatching(store, filter))
}

/** Forgets the failed tries of a target's devices, so that they are planned and tried again; gives how many had any. */
export async function retry(
  store: Store,
  target: Target,
  given: { readonly by: string; readonly now: Instant },
): Promise<number> {
  const { by, now } = given
  const devs =
    target.kind === 'fleet' ? ('all' as const) : (await devicesOf(store, target)).map((each) => each.dev)
  const forgotten = await store.forgetTries(devs)
  if (forgotten > 0) await store.enlist(devs, now)
  await store.record([
    {
      at: now,
      kind: 'retry',
      message: `retry of ${targetText(target)}: ${counted(forgotten, 'device')}`,
      actor: by,
    },
  ])
  return forgotten
}

/** A target in words. */
export function targetText(target: Target): string {
  switch (target.kind) {
    case 'fleet':
      return 'the fleet'
    case 'device':
      return `device ${target.device.record.key}`
    case 'configuration':
    case 'group':
    case 'retirement':
      return `${target.kind} ${target.name}`
  }
}
