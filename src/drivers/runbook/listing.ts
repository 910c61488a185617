import { toRfc3339, type Instant } from '../../domain/time.ts'
import { csvCell } from '../../report/devices-csv.ts'
import { code } from '../../report/markdown.ts'
import { moment, type TimeFormat } from '../../report/time-format.ts'
import { visible } from '../../report/visible.ts'
import type { Task } from './task.ts'

type When = { readonly now: Instant; readonly time: TimeFormat }

/** Tasks for a person at a terminal: what, on which device, where, why, by when. */
export function tasksText(tasks: readonly Task[], when: When): string {
  if (tasks.length === 0) return 'Nothing to do by hand.\n'
  const one = 'simplane tasks done ID --evidence "what was seen"'
  return `${tasks.map((task) => taskLines(task, when).join('\n')).join('\n\n')}\n\nWhen it is done: ${one}\n`
}

function taskLines(task: Task, { now, time }: When): string[] {
  const { id, state, closed, failure } = task
  const lines = [
    `${id}  ${visible(task.what)}`,
    `      on     ${visible(deviceWords(task))}`,
    `      where  ${visible(task.where)}`,
    ...task.how.map((each, at) => `        ${at + 1}.   ${visible(each)}`),
    `      why    ${visible(task.why)}`,
  ]
  if (state === 'open') {
    const late = now > task.by ? ' (too late: leave it, it may not be wanted any more)' : ''
    return [...lines, `      by     ${moment(time, task.by)}${late}`]
  }
  const ended =
    closed === undefined
      ? `${state}: ${visible(failure?.message ?? '')}`
      : `${state} by ${visible(closed.who)}, ${moment(time, closed.at)}: ${visible(closed.evidence)}`
  return [...lines, `      ${ended}`]
}

const HEADER = [
  'Task',
  'State',
  'What',
  'Device',
  'Serial number',
  'EID',
  'Name',
  'User',
  'Where',
  'How',
  'Why',
  'Asked',
  'By',
  'Closed',
  'Who',
  'Evidence',
]

/** Tasks as CSV with a header, one a line; times in RFC 3339. No cell is a formula. */
export function tasksCsv(tasks: readonly Task[]): string {
  const rows = tasks.map((task) => {
    const { device, closed, failure } = task
    const evidence = closed?.evidence ?? failure?.message ?? ''
    const how = task.how.map((each, at) => `${at + 1}. ${each}`).join(' ')
    const asked = toRfc3339(task.askedAt)
    const ended = closed === undefined ? '' : toRfc3339(closed.at)
    return [
      task.id,
      task.state,
      task.what,
      `${task.driver}/${device.id}`,
      device.serialNumber ?? '',
      device.eid ?? '',
      device.name ?? '',
      device.user ?? '',
      task.where,
      how,
      task.why,
      asked,
      toRfc3339(task.by),
      ended,
      closed?.who ?? '',
      evidence,
    ]
  })
  return [HEADER, ...rows].map((row) => `${row.map(csvCell).join(',')}\n`).join('')
}

/** Tasks as a Markdown check list, for a ticket or a printout. What comes from data cannot become markup. */
export function tasksMarkdown(tasks: readonly Task[]): string {
  if (tasks.length === 0) return 'Nothing to do by hand.\n'
  return tasks.map((task) => `${itemLines(task).join('\n')}\n`).join('\n')
}

function itemLines(task: Task): string[] {
  const { id, state, closed } = task
  const box = state === 'done' ? 'x' : ' '
  const ended =
    closed === undefined ? state : `${state} by ${code(closed.who)}: ${code(closed.evidence, 400)}`
  return [
    `- [${box}] **${id}** ${code(task.what, 200)} on ${code(deviceWords(task), 200)}`,
    `  - Where: ${task.where}`,
    ...task.how.map((each) => `  - [${box}] ${each}`),
    `  - Why: ${task.why}`,
    state === 'open' ? `  - By: ${toRfc3339(task.by)}` : `  - ${ended}`,
  ]
}

/** Tasks for a program. */
export function tasksJson(tasks: readonly Task[]): object {
  return {
    apiVersion: 'simplane/v1',
    kind: 'Tasks',
    tasks: tasks.map(({ askedAt, by, closed, device, driver, ...rest }) => ({
      ...rest,
      device: `${driver}/${device.id}`,
      serialNumber: device.serialNumber ?? null,
      name: device.name ?? null,
      askedAt: toRfc3339(askedAt),
      by: toRfc3339(by),
      ...(closed === undefined ? {} : { closed: { ...closed, at: toRfc3339(closed.at) } }),
    })),
  }
}

/** Serial number first: it is what is compared before anything is done. */
function deviceWords({ driver, device }: Task): string {
  const { id, serialNumber, name, user } = device
  const about = [name, user].filter((each) => each !== undefined).join(', ')
  const head =
    serialNumber === undefined
      ? `record ${driver}/${id}`
      : `serial number ${serialNumber}, record ${driver}/${id}`
  return about === '' ? head : `${head} (${about})`
}
