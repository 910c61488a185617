import type { Assignment } from '../../domain/assignment.ts'
import { canonicalJson } from '../record-text.ts'
import type { Connection } from './connection.ts'

/**
 * The number of an assignment, given now if it has none, with what it says of configuration, retirement and groups
 * written beside it: a device is found by those through its assignment. Within a write.
 */
export function openAssignments({ db, texts, onRollback }: Connection): (assignment: Assignment) => number {
  const insert = db.prepare<[number, number | null, number | null]>(
    'insert into assigned(assignment, configuration, retirement) values(?, ?, ?) on conflict do nothing',
  )
  const join = db.prepare<[number, number]>('insert into assigned_group(grp, assignment) values(?, ?)')
  // Most devices of a fleet share their assignment with many, the very same object.
  let numbers = new WeakMap<Assignment, number>()
  onRollback(() => {
    numbers = new WeakMap()
  })

  return (assignment) => {
    const known = numbers.get(assignment)
    if (known !== undefined) return known
    const number = texts.id(canonicalJson(assignment))
    const { wanted, groups } = assignment
    const configuration = texts.idOf(wanted.kind === 'configuration' ? wanted.configuration : undefined)
    const retirement = texts.idOf(wanted.kind === 'retirement' ? wanted.retirement : undefined)
    if (insert.run(number, configuration, retirement).changes > 0) {
      for (const group of groups) join.run(texts.id(group), number)
    }
    numbers.set(assignment, number)
    return number
  }
}
