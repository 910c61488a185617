import { objectOf, textOf } from './json.ts'
import type { Membership, MembershipState } from './rows.ts'

/** A row of `deviceConfigurationStates`. */
export type State = { readonly name: string; readonly state: string }

export function readStates(value: readonly unknown[]): readonly State[] {
  return value.flatMap((each) => {
    const json = objectOf(each)
    const [name, state] = [textOf(json?.['displayName']), textOf(json?.['state'])]
    return name === undefined || state === undefined ? [] : [{ name, state }]
  })
}

const STATES: Readonly<Record<string, MembershipState>> = {
  compliant: 'applied',
  remediated: 'applied',
  nonCompliant: 'error',
  error: 'error',
  notApplicable: 'error',
  conflict: 'conflict',
}

/**
 * What the states that Intune shows of a device make of its membership. They count only when the device checked in after
 * Graph was told; `whole`: all of them are here, so that what is missing is gone.
 */
export function afterStates(
  membership: Membership,
  states: readonly State[],
  whole: boolean,
  lastSyncAt: number | undefined,
  now: number,
): Membership | 'gone' {
  const mine = states.filter(({ name }) => name === membership.target).map(({ state }) => STATES[state])
  if ((lastSyncAt ?? -Infinity) <= membership.since) return membership
  if (membership.state === 'leaving') return whole && mine.length === 0 ? 'gone' : membership
  // One row for the device and one for each user: a single trouble is trouble.
  const state =
    mine.find((each) => each === 'error' || each === 'conflict') ?? mine.find((each) => each === 'applied')
  if (state === undefined || state === membership.state) return membership
  return { ...membership, state, confirmed: true, confirmedAt: now }
}
