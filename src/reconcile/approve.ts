import { SimplaneError } from '../domain/error.ts'
import type { Approval, StoredHold } from '../domain/hold-store.ts'
import type { Store } from '../domain/store.ts'
import { counted } from '../report/numbers.ts'
import { HOUR, type Instant } from '../domain/time.ts'

/** How long an approval stands. */
export const APPROVAL_LASTS = 72 * HOUR

/** The hold of that id as it is now. Throws `not-found`. */
export async function findHold(store: Store, id: string): Promise<StoredHold> {
  const holds = await store.holds()
  const hold = holds.find((each) => each.id === id)
  if (hold !== undefined) return hold
  const there = holds.map((each) => each.id).join(', ')
  throw new SimplaneError('not-found', `There is no hold ${id} now.`, {
    hint: there === '' ? 'Nothing is held.' : `Held now: ${there}.`,
  })
}

/**
 * Approves exactly the steps that a hold gathers now. What changes afterwards drops out, what is new is not covered.
 * Throws `not-found` when it holds nothing any more.
 */
export async function approveHold(
  store: Store,
  hold: StoredHold,
  given: { readonly by: string; readonly reason?: string; readonly now: Instant },
): Promise<Approval> {
  const { by, reason, now } = given
  const approval = await store.approve({
    hold: hold.id,
    codes: hold.codes,
    by,
    ...(reason === undefined ? {} : { reason }),
    at: now,
    expiresAt: now + APPROVAL_LASTS,
    steps: hold.steps.map(({ dev, id }) => ({ dev, id })),
  })
  const message = `approved ${hold.id}: ${hold.codes.join(', ')}, ${counted(hold.devices, 'device')}${reason === undefined ? '' : `: ${reason}`}`
  await store.record([{ at: now, kind: 'approve', message, actor: by }])
  return approval
}
