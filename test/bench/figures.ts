import type { Figure } from './figure.ts'
import { EDITS } from './figures/edits.ts'
import { FIRST_PLAN } from './figures/first-plan.ts'
import { HTTP_READS } from './figures/http-reads.ts'
import { MEMORY } from './figures/memory.ts'
import { NO_OP } from './figures/no-op.ts'
import { OBSERVATIONS } from './figures/observations.ts'
import { OFFLINE_PLAN } from './figures/offline-plan.ts'
import { POSTGRES } from './figures/postgres.ts'
import { REVISIONS } from './figures/revisions.ts'
import { SETTLING } from './figures/settling.ts'
import { VERIFY_STATE } from './figures/verify-state.ts'

/** Every figure, in the order of the table. */
export const FIGURES: readonly Figure[] = [
  NO_OP,
  ...EDITS,
  FIRST_PLAN,
  VERIFY_STATE,
  ...OBSERVATIONS,
  ...SETTLING,
  OFFLINE_PLAN,
  ...REVISIONS,
  ...HTTP_READS,
  ...POSTGRES,
  ...MEMORY,
]

/** The figure of this name; throws when there is none. */
export function figureNamed(name: string): Figure {
  const found = FIGURES.find((figure) => figure.name === name)
  if (found === undefined) throw new Error(`there is no figure ${name}`)
  return found
}
