import { hash } from 'node:crypto'
import type { DeviceRecord } from '../domain/device.ts'
import type { Shape } from '../domain/stored-device.ts'
import { isMasked } from './identity.ts'

// What is undefined JSON leaves out, and a copy of everything is cheaper than one of everything but these.
const NO_SHAPE = {
  key: undefined,
  id: undefined,
  name: undefined,
  user: undefined,
  serialNumber: undefined,
  eid: undefined,
  imei: undefined,
  labels: undefined,
  groups: undefined,
  model: undefined,
  enrolledAt: undefined,
  lastSeenAt: undefined,
  installedObservedAt: undefined,
  esimsObservedAt: undefined,
} satisfies Partial<Record<keyof DeviceRecord, undefined>>

/**
 * What a device looks like to the planner when nobody asks which one it is, or what is wanted of it: everything of its
 * record but identity, moments, what tells one eSIM or one install from another of the same kind, and what only selectors
 * ask for. Whatever a record may hold one day is part of the shape until it is left out here. Thousands of devices share
 * one.
 */
export function shapeOf(record: DeviceRecord): Shape {
  const { serialNumber, eid, installed, esims } = record
  const shape = {
    ...record,
    ...NO_SHAPE,
    masked: [isMasked(serialNumber), isMasked(eid)],
    installed:
      installed === 'unknown' ? installed : installed.map((entry) => ({ ...entry, installedAt: undefined })),
    esims: esims === 'unknown' ? esims : esims.map((esim) => ({ ...esim, iccid: undefined })),
  }
  const words = JSON.stringify(shape)
  const known = SHAPES.get(words)
  if (known !== undefined) return known
  const found = hash('sha256', JSON.stringify(sorted(shape)), 'base64url').slice(0, 22) as Shape
  if (SHAPES.size >= REMEMBERED) SHAPES.clear()
  SHAPES.set(words, found)
  return found
}

/** Shapes by the words of a record, in whatever order an MDM writes them: sorting and hashing are most of the work. */
const SHAPES = new Map<string, Shape>()

/** Bounds the memory, not the number of shapes; a text is about 600 bytes. */
const REMEMBERED = 5_000

/** Keys in order, so that the order in which an MDM writes them makes no other shape. */
function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(sorted)
  const copy = { __proto__: null } as Record<string, unknown>
  for (const key of Object.keys(value).sort()) copy[key] = sorted((value as Record<string, unknown>)[key])
  return copy
}
