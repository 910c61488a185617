import type { StoredDevice } from '../domain/stored-device.ts'
import type { Wanted } from '../domain/assignment.ts'

/** What is wanted of a device, in a word or two: a configuration's name, `retirement 2026-q4`, `nothing`, `undecided`. */
export function wantedWord(device: StoredDevice): string | undefined {
  const wanted: Wanted | undefined = device.assignment?.wanted
  if (wanted === undefined) return undefined
  if (wanted.kind === 'configuration') return wanted.configuration
  return wanted.kind === 'retirement' ? `retirement ${wanted.retirement}` : wanted.kind
}
