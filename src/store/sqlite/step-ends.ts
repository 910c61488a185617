import type { Settlement } from '../../domain/journal-store.ts'
import type { StepId, StepKind } from '../../domain/plan.ts'
import type { Connection } from './connection.ts'
import { UNDER_WAY } from '../step-rows.ts'

/** A step that is on its way, or one that history rests on. */
type Standing = { readonly n: number; readonly id: StepId; readonly kind: StepKind; readonly rests: number }

type StandingRow = Standing & { readonly dev: number }

/** What the ends of some devices' steps depend on, as it was when their settlements began. */
export type Standings = {
  /** The step, when it is on its way. */
  readonly underWay: (dev: number, n: number) => Standing | undefined
  /** Keeps beside the record what plans depend on of a step that has just ended. Once a step. */
  readonly remember: (settlement: Settlement, ended: Standing) => void
}

/** How settlements know the steps they are of. Within a write; what is read holds until it ends. */
export function openStepEnds({ db }: Pick<Connection, 'db'>): (devs: readonly number[]) => Standings {
  const standing = db.prepare<[string], StandingRow>(
    `select s.dev, s.n, s.id, s.kind, s.rests from json_each(?) b cross join step s on s.dev = b.value
       where +s.rests = 1 or +s.${UNDER_WAY}`,
  )
  const approved = db.prepare<[string], { dev: number }>(
    `select a.dev from json_each(?) b cross join approval_step a on a.dev = b.value where a.used_at is null`,
  )
  const unanswered = db.prepare<[number, number]>(
    'update seen set unanswered_at = max(coalesce(unanswered_at, 0), ?) where dev = ?',
  )
  const proven = db.prepare<[Record<'at' | 'dev' | 'kind', string | number>]>(
    `update seen set proven_at = max(coalesce(proven_at, 0), @at),
       erased_at = case @kind when 'reset' then @at when 'install' then null else erased_at end where dev = @dev`,
  )
  const restNoMore = db.prepare<[number, number]>('update step set rests = 0 where dev = ? and n = ?')
  // An approval lets a step go once: what comes again later is asked again.
  const spend = db.prepare<[number, number, string]>(
    'update approval_step set used_at = ? where dev = ? and step = ? and used_at is null',
  )

  function standings(devs: readonly number[]): Standings {
    const numbers = JSON.stringify([...new Set(devs)])
    const byDev = Map.groupBy(standing.all(numbers), ({ dev }) => dev) as Map<number, readonly Standing[]>
    const withApproval = new Set(approved.all(numbers).map(({ dev }) => dev))

    /** History rests on the newest proven step, and on the newest that filled or emptied the eUICC. */
    function restOn(dev: number, step: Standing): void {
      const steps = byDev.get(dev) ?? []
      const over = steps.filter(
        ({ kind, rests }) => rests === 1 && (isOfEsims(step.kind) || !isOfEsims(kind)),
      )
      for (const { n } of over) restNoMore.run(dev, n)
      byDev.set(dev, [
        ...steps.filter((each) => each !== step && !over.includes(each)),
        { ...step, rests: 1 },
      ])
    }

    return {
      underWay: (dev, n) => byDev.get(dev)?.find((step) => step.n === n && step.rests === 0),
      remember: ({ dev, state, at }, step) => {
        if (state === 'expired' || state === 'unproven') unanswered.run(at, dev)
        if (state !== 'proven') return
        proven.run({ at, dev, kind: step.kind })
        restOn(dev, step)
        if (withApproval.has(dev)) spend.run(at, dev, step.id)
      },
    }
  }

  return standings
}

function isOfEsims(kind: StepKind): boolean {
  return kind === 'reset' || kind === 'install'
}
