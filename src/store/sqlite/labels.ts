import type { DeviceRecord } from '../../domain/device.ts'
import { labelsOf } from '../../plan/labels.ts'
import { mentionsOf } from '../../plan/mentions.ts'
import type { Connection } from './connection.ts'

/** How devices are found by what they carry and by what their records name. Within a write. */
export type Labels = {
  /** Writes what differs between the two records; either may be absent. */
  readonly move: (dev: number, before: DeviceRecord | undefined, after: DeviceRecord | undefined) => void
  /** The labels `key` with one of these values, or with any, that a device has or had. */
  readonly find: (key: string, values: readonly string[] | 'any') => readonly number[]
}

/** Bounds the memory, not the number of labels. */
const REMEMBERED = 50_000

export function openLabels({ db, texts, onRollback }: Connection): Labels {
  const insert = db.prepare<[string, string], { label: number }>(
    `insert into label(key, value) values(?, ?) on conflict(key, value) do update set key = excluded.key
       returning label`,
  )
  const known = db.prepare<[string, string], { label: number }>(
    'select label from label where key = ? and value = ?',
  )
  const ofKey = db.prepare<[string], { label: number }>('select label from label where key = ?')
  const gain = db.prepare<[number, number]>('insert or ignore into device_label(label, dev) values(?, ?)')
  const lose = db.prepare<[number, number]>('delete from device_label where label = ? and dev = ?')
  const mention = db.prepare<[number, number]>('insert or ignore into mention(name, dev) values(?, ?)')
  const unmention = db.prepare<[number, number]>('delete from mention where name = ? and dev = ?')
  const numbers = new Map<string, Map<string, number>>()
  let remembered = 0
  onRollback(forget)

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

  function labelled(record: DeviceRecord | undefined): ReadonlySet<number> {
    return new Set(record === undefined ? [] : labelsOf(record).map(([key, value]) => numberOf(key, value)))
  }

  return {
    move: (dev, before, after) => {
      const had = labelled(before)
      const has = labelled(after)
      for (const label of had) if (!has.has(label)) lose.run(label, dev)
      for (const label of has) if (!had.has(label)) gain.run(label, dev)
      const named = mentioned(before)
      const names = mentioned(after)
      for (const name of named) if (!names.has(name)) unmention.run(texts.id(name), dev)
      for (const name of names) if (!named.has(name)) mention.run(texts.id(name), dev)
    },
    find: (key, values) =>
      values === 'any'
        ? ofKey.all(key).map(({ label }) => label)
        : values.flatMap((value) => known.get(key, value)?.label ?? []),
  }
}

function mentioned(record: DeviceRecord | undefined): ReadonlySet<string> {
  return record === undefined ? new Set() : mentionsOf(record)
}
