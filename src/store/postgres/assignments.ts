import type { Assignment } from '../../domain/assignment.ts'
import { canonicalJson } from '../record-text.ts'
import { batchOf } from './batch.ts'
import type { Connection } from './connection.ts'

/** Gives assignments their numbers. */
export type Assignments = {
  /**
   * The numbers of these, given now where they have none, with what they say of configuration, retirement and groups
   * written beside them: a device is found by those through its assignment. At once and for good, as texts are.
   */
  readonly numbered: (assignments: Iterable<Assignment>) => Promise<(assignment: Assignment) => number>
}

/** Bounds the memory, not the number of assignments. */
const REMEMBERED = 50_000

const ASSIGNED = batchOf({ assignment: 'int', configuration: 'int', retirement: 'int' })
const MEMBER = batchOf({ grp: 'int', of: 'int' }, 4)
const KNOW = `with known as (
    insert into assigned(${ASSIGNED.columns}) select ${ASSIGNED.columns} from ${ASSIGNED.rows}
      order by assignment on conflict do nothing)
  insert into assigned_group(grp, assignment) select u.grp, u.of from ${MEMBER.rows}
    order by u.grp, u.of on conflict do nothing`

export function openAssignments({ texts, apart }: Connection): Assignments {
  const known = new Set<number>()

  async function know(fresh: ReadonlyMap<Assignment, number>): Promise<void> {
    const { id, idOf } = await texts.numbered(
      [...fresh.keys()].flatMap((assignment) => [
        configurationOf(assignment),
        retirementOf(assignment),
        ...assignment.groups,
      ]),
    )
    const rows = [...fresh].map(([assignment, number]) => ({
      assignment: number,
      configuration: idOf(configurationOf(assignment)),
      retirement: idOf(retirementOf(assignment)),
    }))
    const members = [...fresh].flatMap(([{ groups }, of]) => groups.map((group) => ({ grp: id(group), of })))
    await apart((session) => session.run(KNOW, ...ASSIGNED.values(rows), ...MEMBER.values(members)))
    if (known.size > REMEMBERED) known.clear()
    for (const number of fresh.values()) known.add(number)
  }

  return {
    numbered: async (assignments) => {
      // Most devices of a fleet share their assignment with many, the very same object.
      const jsons = new Map<Assignment, string>()
      for (const each of assignments) if (!jsons.has(each)) jsons.set(each, canonicalJson(each))
      const { id } = await texts.numbered(jsons.values())
      const numbers = new Map([...jsons].map(([assignment, json]) => [assignment, id(json)]))
      const fresh = new Map([...numbers].filter(([, number]) => !known.has(number)))
      if (fresh.size > 0) await know(fresh)
      return (assignment) => numbers.get(assignment) ?? 0
    },
  }
}

function configurationOf({ wanted }: Assignment): string | undefined {
  return wanted.kind === 'configuration' ? wanted.configuration : undefined
}

function retirementOf({ wanted }: Assignment): string | undefined {
  return wanted.kind === 'retirement' ? wanted.retirement : undefined
}
