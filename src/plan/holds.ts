import { createHash } from 'node:crypto'
import type { HoldSubject, StepId, StepKind } from '../domain/plan.ts'
import { compareText, sortedUnique } from '../domain/text.ts'

/** What a hold gathers by, as one text: codes, step kind, configuration. Equal exactly when two steps share a hold. */
export function holdKey(subject: HoldSubject, step: StepKind): string {
  return `${subject.codes.join(',')}|${step}|${subject.configuration ?? ''}`
}

/**
 * The short id of each hold, `h-31b0`: from its key alone, so the same in every plan. Should two keys collide, the
 * later one in code-point order gets two more digits, until no id is given twice.
 */
export function holdIds(keys: Iterable<string>): ReadonlyMap<string, string> {
  const ids = new Map<string, string>()
  const given = new Set<string>()
  for (const key of sortedUnique(keys)) {
    const id = firstFree(sha256(key), given)
    given.add(id)
    ids.set(key, id)
  }
  return ids
}

/** What an approval binds: `sha256:` of the sorted step ids, one a line. */
export function holdDigest(steps: Iterable<StepId>): string {
  return `sha256:${sha256([...steps].sort(compareText).join('\n'))}`
}

function firstFree(hash: string, given: ReadonlySet<string>): string {
  let length = 4
  while (given.has(`h-${hash.slice(0, length)}`) && length < hash.length) length += 2
  return `h-${hash.slice(0, length)}`
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
