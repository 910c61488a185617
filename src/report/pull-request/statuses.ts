import type { CommitStatus } from '../../domain/forge.ts'
import { counted } from '../numbers.ts'
import { severityCounts } from '../severity.ts'
import { visible } from '../visible.ts'
import type { Review } from './review.ts'
import { reviewTitle } from './title.ts'
import { rolloutTitle } from './rollout.ts'
import type { Rollout } from './rollout.ts'

const LONGEST = 140

/** Whether what is proposed can be read. `files`: how many files it has. */
export function validateStatus(review: Review, files: number): CommitStatus {
  const context = 'simplane/validate'
  switch (review.kind) {
    case 'plan':
    case 'untouched':
      return { context, state: 'success', description: `${counted(files, 'file')} valid` }
    case 'invalid': {
      const { error, warning } = severityCounts(review.findings)
      const besides = warning === 0 ? '' : `, ${counted(warning, 'warning')}`
      return {
        context,
        state: 'failure',
        description: `${counted(error, 'error')}${besides} in ${counted(review.files, 'file')}`,
      }
    }
    case 'conflict':
    case 'fork':
    case 'unavailable':
      return { context, state: 'pending', description: statusText(reviewTitle(review).text) }
  }
}

/**
 * What merging would do. It fails only for what is not valid, so that it can be required without blocking an honest
 * large change; what could not be planned waits.
 */
export function planStatus(review: Review): CommitStatus {
  const context = 'simplane/plan'
  const description = statusText(reviewTitle(review).text)
  switch (review.kind) {
    case 'plan':
    case 'untouched':
      return { context, state: 'success', description }
    case 'invalid':
      return { context, state: 'failure', description }
    case 'conflict':
    case 'fork':
    case 'unavailable':
      return { context, state: 'pending', description }
  }
}

/** How what was merged goes. */
export function applyStatus(rollout: Rollout): CommitStatus {
  const context = 'simplane/apply'
  const description = statusText(rolloutTitle(rollout).text)
  switch (rollout.phase) {
    case 'working':
      return { context, state: 'pending', description }
    case 'halted':
      return { context, state: 'failure', description }
    case 'ended':
      return { context, state: rollout.failed > 0 ? 'failure' : 'success', description }
  }
}

/** A description as forges take it: one line, cut between words. */
export function statusText(text: string, limit = LONGEST): string {
  const shown = visible(text)
  if (shown.length <= limit) return shown
  const room = shown.slice(0, limit - 1)
  const space = room.lastIndexOf(' ')
  // A word that fills half of it is cut all the same, but never inside a character.
  const kept = space > limit / 2 ? room.slice(0, space) : room.replace(/[\ud800-\udbff]$/, '')
  return `${kept.replace(/[ ,;:·]+$/, '')}…`
}
