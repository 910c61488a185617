import type { HoldCode, StepKind } from '../domain/plan.ts'
import type { StoredHold } from '../domain/hold-store.ts'
import type { Revision } from '../domain/source.ts'
import type { Duration, Instant } from '../domain/time.ts'
import { age } from './ages.ts'
import { HOLD_ENDS, HOLD_WORDS } from './hold-words.ts'
import { count, counted } from './numbers.ts'
import { CODE_PAGES } from './pages/codes.ts'
import { plainPaint } from './paint.ts'
import type { Paint } from './paint.ts'
import { shortRevision } from './revisions.ts'
import { brief } from './visible.ts'
import { columns, padEnd, wrap } from './width.ts'
import { STEPS_WORDS, STEP_WORDS } from './words.ts'

const WIDTH = 100
const LABEL = 15

/** What a person sees of a hold before saying yes. */
export type HoldInput = {
  readonly hold: StoredHold
  readonly revision?: Revision
  /** How old the newest observation of each device may be, and how many are older. */
  readonly seen?: { readonly within: Duration; readonly recent: number; readonly older: number }
  /** Devices of the hold with an eSIM that is not ours. */
  readonly foreign?: number
  /** Other holds for the same step and configuration. */
  readonly others?: readonly Pick<StoredHold, 'id' | 'code' | 'devices'>[]
  /** Names of devices, the first few are shown. */
  readonly names?: readonly string[]
  readonly validFor: Duration
  readonly now: Instant
}

const CONSEQUENCES: Readonly<Record<StepKind, (devices: string, many: boolean) => string>> = {
  'delete-record': (devices) => `The stale MDM records behind ${devices} are deleted; the live ones stay.`,
  uninstall: (devices) =>
    `The configuration is taken off ${devices}; the eSIMs stay on them and stay active.`,
  forget: (devices) => `simplane forgets the configuration on ${devices}; nothing is sent, the eSIMs stay.`,
  reset: (devices, many) =>
    `Every eSIM on ${devices} is erased; the ${many ? 'laptops are' : 'laptop is'} not.`,
  install: (devices) =>
    `The configuration is installed on ${devices}; each download may use up an activation code.`,
  update: (devices) => `The flags of the configuration are changed on ${devices}; nothing is downloaded.`,
  release: (devices) => `It is recorded that ${devices} may be retired by a person.`,
  retire: (devices, many) =>
    `${devices} ${many ? 'are' : 'is'} retired in the MDM; that cannot be taken back.`,
}

/** What an approval would do, to how many, on what evidence, and for how long it stands. Ends before the prompt. */
export function approveText(input: HoldInput, paint: Paint = plainPaint): string {
  const { hold } = input
  const devices = counted(hold.devices, 'device')
  const these = hold.devices === 1 ? 'this 1 device' : `these ${devices}`
  const consequence = capital(CONSEQUENCES[hold.step](these, hold.devices !== 1))
  const validity = `Valid for ${age(input.validFor)} and for exactly these steps: what changes drops out, what is new is not covered.`
  return `${[...facts(input, paint), '', paint.bold(consequence), ...wrap(validity, WIDTH)].join('\n')}\n`
}

/** What the hold is and what would end it, without anything to answer. */
export function holdText(input: HoldInput, paint: Paint = plainPaint): string {
  const { hold } = input
  const ends = [
    ...hold.codes.flatMap((code: HoldCode) => HOLD_ENDS[code]),
    `simplane approve ${hold.id}     a person answers for it`,
  ]
  const lines = hold.codes.flatMap((code) => row('why', CODE_PAGES[code].why, paint))
  const ways = ends.flatMap((end, index) =>
    row(index === 0 ? 'ends when' : '', index === ends.length - 1 ? end : `${end}, or`, paint),
  )
  return `${[...facts(input, paint), ...row('since', age(input.now - hold.since), paint), ...lines, ...ways].join('\n')}\n`
}

/** The question itself; the answer is the number without separators. */
export function approvePrompt(devices: number): string {
  return `Type ${devices} to approve: `
}

function facts(input: HoldInput, paint: Paint): readonly string[] {
  const { hold, revision, seen, others = [], names = [] } = input
  const what = hold.devices === 1 ? STEP_WORDS[hold.step] : STEPS_WORDS[hold.step]
  const target = hold.configuration === undefined ? '' : ` for ${brief(hold.configuration, 63)}`
  const because = hold.codes.map((code) => `${HOLD_WORDS[code]} (${code})`).join('; ')
  const [first = '', ...rest] = wrap(`${count(hold.devices)} ${what}${target}: ${because}`, WIDTH - LABEL)
  const lines = [
    paint.bold(padEnd(`Hold ${hold.id}`, LABEL)) + first,
    ...rest.map((line) => ' '.repeat(LABEL) + line),
  ]
  if (revision !== undefined) lines.push(...row('revision', revisionText(revision), paint))
  lines.push(...row('devices', devicesText(input.foreign, seen, names), paint))
  for (const other of others) {
    lines.push(
      ...row(
        'not in it',
        `${counted(other.devices, 'device')} held for another reason (${other.id}, ${other.code})`,
        paint,
      ),
    )
  }
  return lines
}

function revisionText({ id, subject, author }: Revision): string {
  const about = subject === undefined ? '' : ` "${brief(subject, 60)}"`
  return `${shortRevision(id)}${about}${author === undefined ? '' : `, author ${brief(author, 40)}`}`
}

function devicesText(foreign: number | undefined, seen: HoldInput['seen'], names: readonly string[]): string {
  const parts: string[] = []
  if (seen !== undefined)
    parts.push(`${count(seen.recent)} seen within ${age(seen.within)}, ${count(seen.older)} older`)
  if (foreign !== undefined)
    parts.push(
      foreign === 0
        ? 'no foreign eSIM is known on any of them'
        : `FOREIGN eSIMs on ${counted(foreign, 'device')}`,
    )
  const shown = names.slice(0, 5).map((name) => brief(name, 30))
  const more = names.length > shown.length ? ` and ${count(names.length - shown.length)} more` : ''
  if (shown.length > 0) parts.push(`${shown.join(', ')}${more}`)
  return parts.join('; ')
}

function row(label: string, text: string, paint: Paint): readonly string[] {
  if (text === '') return []
  return wrap(text, WIDTH - LABEL).map((line, index) => {
    const head = index === 0 ? label : ''
    return `  ${paint.dim(head)}${' '.repeat(Math.max(1, LABEL - 2 - columns(head)))}${line}`
  })
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
