import type { Hold } from '../../domain/plan.ts'
import { holdDigestOf, holdKeys, holdOf, holdTopics, sortHolds, type HoldTopic } from '../gather-holds.ts'
import { holdIds } from '../holds.ts'
import { planDigestOf } from '../plan-digest.ts'
import type { Pattern } from './pattern-book.ts'
import type { Settled } from './settled.ts'
import { ID_BYTES, sortedStepIds } from './step-id-pile.ts'

/** The devices with one pattern, chained in the order of their keys. */
export type Chain = {
  readonly pattern: Pattern
  readonly holds: readonly (string | undefined)[]
  readonly devices: number
  /** The index of the first device. */
  readonly first: number
}

/** Everything that is counted over the changing devices of a fleet. */
export type Changing = {
  /** In the order of their first device. */
  readonly chains: readonly Chain[]
  /** By index: the next device with the same pattern; nothing of meaning for the last one. */
  readonly next: Uint32Array
  /** By index: where it comes among all changing devices. */
  readonly positions: Uint32Array
  readonly holds: readonly Hold[]
  readonly digest: string
}

type Link = { readonly number: number; readonly first: number; last: number; devices: number }

/** Counts the changing devices, once the budgets are kept: patterns, holds and digests. */
export function countChanging(fleet: Settled): Changing {
  const { order, patterns, patternBook } = fleet
  const next = new Uint32Array(fleet.devices)
  const positions = new Uint32Array(fleet.devices)
  const links: (Link | undefined)[] = patternBook.patterns.map(() => undefined)
  const inOrder: Link[] = []
  let position = 0
  for (const index of order) {
    const number = (patterns[index] ?? 0) - 1
    if (number < 0) continue
    positions[index] = position
    position += 1
    const link = links[number]
    if (link === undefined) {
      const made: Link = { number, first: index, last: index, devices: 1 }
      links[number] = made
      inOrder.push(made)
      continue
    }
    next[link.last] = index
    link.last = index
    link.devices += 1
  }
  const holding = holdingOf(fleet, inOrder)
  return {
    chains: inOrder.map(({ number, first, devices }) => ({
      pattern: patternBook.patterns[number] ?? { steps: [] },
      holds: (holding.keys[number] ?? []).map((key) =>
        key === undefined ? undefined : holding.ids.get(key),
      ),
      devices,
      first,
    })),
    next,
    positions,
    ...gathered(fleet, inOrder, next, holding),
  }
}

type Holding = {
  /** By pattern, by step: the key of its hold. */
  readonly keys: readonly (readonly (string | undefined)[])[]
  readonly topics: ReadonlyMap<string, HoldTopic>
  readonly ids: ReadonlyMap<string, string>
}

function holdingOf({ patternBook }: Settled, links: readonly Link[]): Holding {
  const keys: (readonly (string | undefined)[])[] = patternBook.patterns.map(() => [])
  const topics = new Map<string, HoldTopic>()
  for (const { number } of links) {
    const steps = patternBook.patterns[number]?.steps ?? []
    keys[number] = holdKeys(steps)
    for (const [key, topic] of holdTopics(steps)) if (!topics.has(key)) topics.set(key, topic)
  }
  return { keys, topics, ids: holdIds(topics.keys()) }
}

function gathered(
  fleet: Settled,
  links: readonly Link[],
  next: Uint32Array,
  { keys, topics, ids }: Holding,
): Pick<Changing, 'holds' | 'digest'> {
  const holds = [...topics].map(([key, topic]) => {
    const holding = links.filter(({ number }) => keys[number]?.includes(key) === true)
    const devices = holding.reduce((sum, link) => sum + link.devices, 0)
    const isHeld = (number: number): readonly boolean[] => (keys[number] ?? []).map((each) => each === key)
    using pile = pileOf(fleet, holding, next, isHeld)
    return holdOf(ids.get(key) ?? '', topic, devices, holdDigestOf(sortedStepIds(pile.bytes)))
  })
  using pile = pileOf(fleet, links, next, (number) => (keys[number] ?? []).map(() => true))
  return { holds: sortHolds(holds), digest: planDigestOf(undefined, sortedStepIds(pile.bytes)) }
}

type Pile = Disposable & { readonly bytes: Buffer }

/** The ids of some steps of some patterns; one pile at a time, for a large one is as large as a column. */
function pileOf(
  { ids, idStarts }: Settled,
  links: readonly Link[],
  next: Uint32Array,
  stepsOf: (number: number) => readonly boolean[],
): Pile {
  const chosen = links.map(({ number }) =>
    [...stepsOf(number).entries()].flatMap(([at, is]) => (is ? [at] : [])),
  )
  const many = links.reduce((sum, { devices }, at) => sum + devices * (chosen[at]?.length ?? 0), 0)
  const memory = new ArrayBuffer(many * ID_BYTES)
  const bytes = Buffer.from(memory)
  let end = 0
  for (const [at, link] of links.entries()) {
    let index = link.first
    for (let left = link.devices; left > 0; left -= 1) {
      const start = idStarts[index] ?? 0
      for (const step of chosen[at] ?? []) {
        const from = start + step * ID_BYTES
        ids.copy(bytes, end, from, from + ID_BYTES)
        end += ID_BYTES
      }
      index = next[index] ?? 0
    }
  }
  return { bytes, [Symbol.dispose]: () => void memory.transfer(0) }
}
