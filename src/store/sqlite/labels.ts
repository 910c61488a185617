import type { DeviceRecord } from '../../domain/device.ts'
import type { LabelQuery } from '../../domain/reach.ts'
import { labelsOf } from '../../plan/labels.ts'
import { mentionsOf } from '../../plan/mentions.ts'
import type { Connection } from './connection.ts'
import { openInsert } from './many-rows.ts'
import { addStored, type Bits, noBits, placeOf, placesIn, RUN, setBit, toStored } from './device-sets.ts'

/** How devices are found by what they carry and by what their records name. Within a write. */
export type Labels = {
  /** Writes what differs between the two records, at the end of the transaction; either may be absent. */
  readonly move: (dev: number, before: DeviceRecord | undefined, after: DeviceRecord | undefined) => void
  /** The devices for which every line holds, in order of dev. */
  readonly carriers: (query: LabelQuery) => Iterable<number>
}

/** Under which a device carries the names of the configurations that its record names. */
export const NAMED = 'simplane/names'

type Label = readonly [key: string, value: string]

/** Bounds the memory, not the number of labels. */
const REMEMBERED = 50_000

export function openLabels({ db, onRollback, beforeCommit }: Connection): Labels {
  const insert = db.prepare<[string, string], { label: number }>(
    `insert into label(key, value) values(?, ?) on conflict(key, value) do update set key = excluded.key
       returning label`,
  )
  const known = db.prepare<[string, string], { label: number }>(
    'select label from label where key = ? and value = ?',
  )
  const ofKey = db.prepare<[string], { label: number }>('select label from label where key = ?')
  const stored = db
    .prepare<[string, number], [label: number, devs: Uint8Array]>(
      `select l.label, l.devs from json_each(?) b cross join device_label l on l.label = b.value and l.run = (select ?)`,
    )
    .raw()
  const store = openInsert(
    db,
    'device_label',
    ['label', 'run', 'devs'],
    'on conflict(label, run) do update set devs = excluded.devs',
  )
  const clear = db.prepare<[number, number]>('delete from device_label where label = ? and run = ?')
  const everywhere = db
    .prepare<[string], [run: number, devs: Uint8Array]>(
      'select l.run, l.devs from json_each(?) b cross join device_label l on l.label = b.value',
    )
    .raw()
  const inRuns = db
    .prepare<[string, string], [run: number, devs: Uint8Array]>(
      `select l.run, l.devs from json_each(?) b cross join json_each(?) c
         cross join device_label l on l.label = b.value and l.run = c.value`,
    )
    .raw()
  const numbers = new Map<string, Map<string, number>>()
  let remembered = 0
  /** What is to become of places, by run and label: the place twice, and one more where it is to be set. */
  const moves = new Map<number, Map<number, number[]>>()
  beforeCommit(flush)
  onRollback(() => {
    moves.clear()
    forget()
  })

  function forget(): void {
    numbers.clear()
    remembered = 0
  }

  function numberOf(key: string, value: string): number {
    const have = numbers.get(key)?.get(value)
    if (have !== undefined) return have
    if (remembered >= REMEMBERED) forget()
    const label = known.get(key, value)?.label ?? insert.get(key, value)?.label ?? 0
    const values = numbers.get(key) ?? new Map<string, number>()
    numbers.set(key, values.set(value, label))
    remembered += 1
    return label
  }

  function note(dev: number, [key, value]: Label, gained: boolean): void {
    const [run, place] = placeOf(dev)
    const label = numberOf(key, value)
    const move = place * 2 + Number(gained)
    const ofRun = moves.get(run) ?? new Map<number, number[]>()
    moves.set(run, ofRun)
    const before = ofRun.get(label)
    if (before === undefined) ofRun.set(label, [move])
    else before.push(move)
  }

  /** Each run of a label once, and in the order of the table. */
  function flush(): void {
    if (moves.size === 0) return
    const bits = noBits()
    const rows: [label: number, run: number, devs: Uint8Array][] = []
    for (const [run, ofRun] of moves) {
      const before = new Map(stored.all(JSON.stringify([...ofRun.keys()]), run))
      for (const [label, places] of ofRun) {
        bits.fill(0)
        const devs = before.get(label)
        if (devs !== undefined) addStored(bits, devs)
        for (const move of places) setBit(bits, move >> 1, (move & 1) === 1)
        const after = toStored(bits)
        if (after === undefined) clear.run(label, run)
        else rows.push([label, run, after])
      }
    }
    store(rows.sort(([a, runA], [b, runB]) => a - b || runA - runB))
    moves.clear()
  }

  function labelsFor(key: string, values: readonly string[] | 'any'): string {
    const found = values === 'any' ? ofKey.all(key) : values.flatMap((value) => known.get(key, value) ?? [])
    return JSON.stringify(found.map(({ label }) => label))
  }

  function carriers(query: LabelQuery): Iterable<number> {
    flush()
    let all: ReadonlyMap<number, Bits> | undefined
    // A line of few labels first: of the others only the runs that it leaves are read.
    const lines = query.map(({ key, values }) => labelsFor(key, values)).sort((a, b) => a.length - b.length)
    for (const line of lines) {
      if (all === undefined) all = united(everywhere.all(line))
      else if (all.size > 0) all = shared(all, united(inRuns.all(line, JSON.stringify([...all.keys()]))))
    }
    return devsIn(all ?? new Map())
  }

  return {
    move: (dev, before, after) => {
      const had = carriedBy(before)
      const has = carriedBy(after)
      for (const [at, label] of had.entries()) if (!isAmong(has, label, at)) note(dev, label, false)
      for (const [at, label] of has.entries()) if (!isAmong(had, label, at)) note(dev, label, true)
    },
    carriers,
  }
}

function carriedBy(record: DeviceRecord | undefined): readonly Label[] {
  if (record === undefined) return []
  return [...labelsOf(record), ...[...mentionsOf(record)].map((name) => [NAMED, name] as const)]
}

/** Most stand where they stood. */
function isAmong(labels: readonly Label[], label: Label, at: number): boolean {
  const there = labels[at]
  return (there !== undefined && isSame(there, label)) || labels.some((each) => isSame(each, label))
}

function isSame([key, value]: Label, [otherKey, otherValue]: Label): boolean {
  return key === otherKey && value === otherValue
}

function united(rows: readonly (readonly [run: number, devs: Uint8Array])[]): Map<number, Bits> {
  const all = new Map<number, Bits>()
  for (const [run, devs] of rows) {
    const bits = all.get(run) ?? noBits()
    addStored(bits, devs)
    all.set(run, bits)
  }
  return all
}

function* devsIn(all: ReadonlyMap<number, Bits>): Iterable<number> {
  for (const [run, bits] of [...all].sort(([a], [b]) => a - b))
    for (const place of placesIn(bits)) yield run * RUN + place
}

function shared(some: ReadonlyMap<number, Bits>, others: ReadonlyMap<number, Bits>): Map<number, Bits> {
  const both = new Map<number, Bits>()
  for (const [run, bits] of some) {
    const other = others.get(run)
    if (other !== undefined)
      both.set(
        run,
        bits.map((byte, at) => byte & (other[at] ?? 0)),
      )
  }
  return both
}
