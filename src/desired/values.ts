import { DAY, HOUR, MINUTE, parseInstant } from '../domain/time.ts'
import type { Share } from '../domain/desired.ts'
import type { Duration, Instant } from '../domain/time.ts'
import type { Tell } from './tell.ts'
import { invalid, quoted } from './tell.ts'
import type { Tree } from './tree.ts'
import { textOf } from './tree.ts'

/** RFC 3339 or a date; `undefined` when it is absent or told to be wrong. */
export function readInstant(tree: Tree | undefined, key: string, tell: Tell): Instant | undefined {
  const text = textOf(tree)
  if (tree === undefined || text === undefined) return undefined
  const instant = parseInstant(text)
  if (instant !== undefined) return instant
  tell(
    invalid('bad-value', tree, `${key} must be a date or a time, not ${quoted(text)}`, {
      notes: [{ label: 'expected', text: '2026-11-28 (00:00 UTC) or 2026-11-28T20:00:00+01:00' }],
    }),
  )
  return undefined
}

const UNITS: Readonly<Record<string, Duration>> = { m: MINUTE, h: HOUR, d: DAY }
const LONGEST = 3_650 * DAY

/** `30m`, `8h`, `3d`: more than nothing, at most ten years. */
export function readDuration(tree: Tree | undefined, key: string, tell: Tell): Duration | undefined {
  const text = textOf(tree)
  if (tree === undefined || text === undefined) return undefined
  const [, count, unit] = /^([1-9]\d*)([mhd])$/.exec(text) ?? []
  const duration = Number(count) * (UNITS[unit ?? ''] ?? 0)
  if (duration > 0 && duration <= LONGEST) return duration
  const message =
    duration > LONGEST
      ? `${key} must be ten years or less`
      : `${key} must be a length of time, not ${quoted(text)}`
  tell(invalid('bad-value', tree, message, { notes: [{ label: 'expected', text: '30m, 8h or 3d' }] }))
  return undefined
}

/** `2%`, `0.5%`: ten-thousandths, from 0 to 100%. */
export function readShare(tree: Tree | undefined, key: string, tell: Tell): Share | undefined {
  const text = textOf(tree)
  if (tree === undefined || text === undefined) return undefined
  const [, whole, part] = /^(\d{1,3})(?:\.(\d{1,2}))?%$/.exec(text) ?? []
  const share = whole === undefined ? undefined : Number(whole) * 100 + Number((part ?? '').padEnd(2, '0'))
  if (share !== undefined && share <= 10_000) return share
  tell(
    invalid('bad-value', tree, `${key} must be a share in percent, not ${quoted(text)}`, {
      notes: [{ label: 'expected', text: '2% or 0.5%: from 0% to 100%, two digits after the point at most' }],
    }),
  )
  return undefined
}
