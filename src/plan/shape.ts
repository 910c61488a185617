import { hash } from 'node:crypto'
import type { DeviceRecord, Esim, InstalledConfiguration } from '../domain/device.ts'
import type { Shape } from '../domain/stored-device.ts'
import { isMasked } from './identity.ts'

/**
 * What a device looks like to the planner when nobody asks which one it is, or what is wanted of it: everything of its
 * record but identity, moments, what tells one eSIM or one install from another of the same kind, and what only selectors
 * ask for. Whatever a record may hold one day is part of the shape until it is left out here. Thousands of devices share
 * one.
 */
export function shapeOf(record: DeviceRecord): Shape {
  const {
    key: _key,
    id: _id,
    name: _name,
    user: _user,
    serialNumber,
    eid,
    imei: _imei,
    labels: _labels,
    groups: _groups,
    model: _model,
    enrolledAt: _enrolledAt,
    lastSeenAt: _lastSeenAt,
    installedObservedAt: _installedAt,
    esimsObservedAt: _esimsAt,
    installed,
    esims,
    ...rest
  } = record
  const shape = {
    ...rest,
    masked: [isMasked(serialNumber), isMasked(eid)],
    installed: installed === 'unknown' ? installed : installed.map(entryShape),
    esims: esims === 'unknown' ? esims : esims.map(esimShape),
  }
  return hash('sha256', JSON.stringify(sorted(shape)), 'base64url').slice(0, 22) as Shape
}

function entryShape({ installedAt: _at, ...entry }: InstalledConfiguration): unknown {
  return entry
}

function esimShape({ iccid: _iccid, ...esim }: Esim): unknown {
  return esim
}

/** Keys in order, so that the order in which an MDM writes them makes no other shape. */
function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(sorted)
  const copy = { __proto__: null } as Record<string, unknown>
  for (const key of Object.keys(value).sort()) copy[key] = sorted((value as Record<string, unknown>)[key])
  return copy
}
