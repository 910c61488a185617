import type { DeviceRecord } from '../../domain/device.ts'
import { labelsOf } from '../../plan/labels.ts'
import { mentionsOf } from '../../plan/mentions.ts'
import { batchOf } from './batch.ts'
import type { Connection } from './connection.ts'
import type { Session } from './session.ts'

/** How one record came in place of another; either may be absent. */
export type Moved = {
  readonly dev: number
  readonly before?: DeviceRecord
  readonly after?: DeviceRecord
}

type Carried = { readonly dev: number; readonly key: string; readonly value: string }
type Mentioned = { readonly dev: number; readonly name: string }

const LABEL = batchOf({ key: 'int', value: 'int', dev: 'int' })
const GAIN = `insert into device_label(key, value, dev) select key, value, dev from ${LABEL.rows} on conflict do nothing`
const LOSE = `delete from device_label l using ${LABEL.rows} where l.key = u.key and l.value = u.value and l.dev = u.dev`
const MENTION = batchOf({ name: 'int', dev: 'int' })
const NAME = `insert into mention(name, dev) select name, dev from ${MENTION.rows} on conflict do nothing`
const UNNAME = `delete from mention m using ${MENTION.rows} where m.name = u.name and m.dev = u.dev`

/** Writes by what devices are found: what they carry and what their records name, as far as it differs. */
export async function moveLabels(
  session: Session,
  { texts }: Connection,
  moves: readonly Moved[],
): Promise<void> {
  const gained: Carried[] = []
  const lost: Carried[] = []
  const named: Mentioned[] = []
  const unnamed: Mentioned[] = []
  for (const { dev, before, after } of moves) {
    const had = carriedBy(dev, before)
    const has = carriedBy(dev, after)
    for (const [label, each] of had) if (!has.has(label)) lost.push(each)
    for (const [label, each] of has) if (!had.has(label)) gained.push(each)
    const names = before === undefined ? NONE : mentionsOf(before)
    const now = after === undefined ? NONE : mentionsOf(after)
    for (const name of names) if (!now.has(name)) unnamed.push({ dev, name })
    for (const name of now) if (!names.has(name)) named.push({ dev, name })
  }
  const labels = [...gained, ...lost]
  const { id } = await texts.numbered([
    ...labels.flatMap(({ key, value }) => [key, value]),
    ...[...named, ...unnamed].map(({ name }) => name),
  ])
  const asLabel = ({ dev, key, value }: Carried) => ({ dev, key: id(key), value: id(value) })
  const asMention = ({ dev, name }: Mentioned) => ({ dev, name: id(name) })
  if (lost.length > 0) await session.run(LOSE, ...LABEL.values(lost.map(asLabel)))
  if (gained.length > 0) await session.run(GAIN, ...LABEL.values(gained.map(asLabel)))
  if (unnamed.length > 0) await session.run(UNNAME, ...MENTION.values(unnamed.map(asMention)))
  if (named.length > 0) await session.run(NAME, ...MENTION.values(named.map(asMention)))
}

const NONE: ReadonlySet<string> = new Set()

function carriedBy(dev: number, record: DeviceRecord | undefined): ReadonlyMap<string, Carried> {
  const labels = record === undefined ? [] : labelsOf(record)
  return new Map(labels.map(([key, value]) => [`${key}\0${value}`, { dev, key, value }]))
}
