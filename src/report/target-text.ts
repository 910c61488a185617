import { VERDICTS } from '../domain/journal.ts'
import { devicesText } from './devices-text.ts'
import { LABEL, WIDTH, labelled } from './explain-layout.ts'
import { HOLD_WORDS } from './hold-words.ts'
import { count, counted } from './numbers.ts'
import { CODE_PAGES } from './pages/codes.ts'
import { plainPaint } from './paint.ts'
import type { Paint } from './paint.ts'
import { saysLines, usersOf } from './target-says.ts'
import { documentFindings, targetNumbers, targetWord } from './target.ts'
import type { TargetInput, TargetNumbers } from './target.ts'
import { brief, visible } from './visible.ts'
import { columns, padEnd, wrap } from './width.ts'

/** Devices listed by name. */
const SHOWN = 10

/**
 * One configuration, group or retirement: where it stands and what is in the way. `why`: also what the document says,
 * by whom it is used, and where to read on.
 */
export function targetText(input: TargetInput, why: boolean, paint: Paint = plainPaint): string {
  const numbers = targetNumbers(input)
  const blocks: (readonly string[])[] = [
    headLines(input, numbers, paint),
    why ? [...labelled('SAYS', saysLines(input), paint), ...usedLines(input, paint)] : [],
    labelled('DEVICES', numberLines(input, numbers), paint),
    [...heldLines(numbers, paint), ...errorLines(numbers, paint)],
    findingLines(input, numbers, paint),
    deviceLines(input, paint),
    labelled('MORE', moreLines(input, why), paint),
  ]
  const shown = blocks.filter((block) => block.length > 0)
  return `${shown.map((block) => block.join('\n')).join('\n\n')}\n`
}

function headLines(input: TargetInput, numbers: TargetNumbers, paint: Paint): readonly string[] {
  const { kind, document } = input
  const labels = Object.entries(document.labels).map(([key, value]) => `${key}=${value}`)
  const about = [
    kind === 'configuration' ? `${kind}, ${document.spec.platform}` : kind,
    visible(`${document.place.file}:${document.place.line}`),
    ...(labels.length === 0 ? [] : [brief(labels.join(' '), 60)]),
  ].join('   ')
  const name = padEnd(brief(document.name, 63), Math.max(LABEL, columns(document.name) + 3))
  const word = targetWord(numbers)
  const description = document.description === undefined ? [] : [brief(document.description, 200)]
  const lead = padEnd(word.toUpperCase().replaceAll('-', ' '), Math.max(LABEL, word.length + 2))
  const [first = '', ...rest] = wrap(sentence(input, numbers, word), WIDTH - lead.length)
  return [
    paint.bold(name) + about,
    ...description.flatMap((text) => wrap(text, WIDTH - LABEL)).map((line) => ' '.repeat(LABEL) + line),
    wordPaint(word, paint, lead) + first,
    ...rest.map((line) => ' '.repeat(lead.length) + line),
  ]
}

function wordPaint(word: ReturnType<typeof targetWord>, paint: Paint, text: string): string {
  if (word === 'in-sync') return paint.green(text)
  if (word === 'failed') return paint.red(text)
  return word === 'nobody' || word === 'not-eligible' ? paint.bold(text) : paint.yellow(text)
}

function sentence(
  { kind }: TargetInput,
  numbers: TargetNumbers,
  word: ReturnType<typeof targetWord>,
): string {
  if (word === 'nobody') {
    const none = {
      configuration: 'No device wants it',
      group: 'It has no member',
      retirement: 'It has no target',
    }
    return `${none[kind]}.`
  }
  if (word === 'in-sync') return 'Every device that can be is as the desired state says.'
  const devices = counted(numbers.byVerdict[word], 'device')
  const what = {
    working: 'has steps under way or to come',
    failed: 'gave up',
    drifted: 'contradicts what was applied',
    held: 'waits for a person',
    'not-eligible': 'cannot have it',
  }
  return `${devices} of ${count(numbers.devices)}: ${what[word]}.`
}

function numberLines({ kind }: TargetInput, numbers: TargetNumbers): readonly string[] {
  const { devices, byVerdict, withoutEsim, released } = numbers
  const verdicts = VERDICTS.map((verdict) => `${verdict.replaceAll('-', ' ')} ${count(byVerdict[verdict])}`)
  return [
    `${count(devices)}: ${verdicts.join('   ')}`,
    ...(kind === 'retirement' ? [`ready to be retired: ${count(released)}`] : []),
    `without an eSIM because of us: ${count(withoutEsim)}`,
  ]
}

function usedLines({ kind, document, desired }: TargetInput, paint: Paint): readonly string[] {
  if (kind !== 'group') return []
  const users = usersOf(document.name, desired)
  return labelled('USED BY', users.length === 0 ? ['nothing: no document names it'] : users, paint)
}

function heldLines({ holds }: TargetNumbers, paint: Paint): readonly string[] {
  const lines = holds.map(({ hold, devices }) => {
    const words = hold.codes.map((code) => `${HOLD_WORDS[code]} (${code})`).join('; ')
    return `${hold.id}  ${counted(devices, 'device')}: ${words}   simplane explain ${hold.id}`
  })
  return labelled('HELD', lines, paint)
}

function errorLines({ errors }: TargetNumbers, paint: Paint): readonly string[] {
  const lines = errors.slice(0, 5).map(({ error, devices }) => `${count(devices)} x ${brief(error, 160)}`)
  return labelled('MDM SAYS', lines, paint)
}

function findingLines(input: TargetInput, numbers: TargetNumbers, paint: Paint): readonly string[] {
  const own = documentFindings(input).map(
    ({ severity, code, message, place }) =>
      `${severity} ${code}${place === undefined ? '' : ` (line ${place.line})`}: ${brief(message, 300)}`,
  )
  const theirs = numbers.findings.map(
    ({ code, devices }) => `${code}: ${counted(devices, 'device')}. ${CODE_PAGES[code].title}.`,
  )
  return labelled('FINDINGS', [...own, ...theirs], paint)
}

function deviceLines({ devices, now }: TargetInput, paint: Paint): readonly string[] {
  const others = devices.filter(({ status }) => status.verdict !== 'in-sync')
  if (others.length === 0) return []
  const text = devicesText(others.slice(0, SHOWN), now, others.length, paint)
  return [
    paint.bold('Not in sync'),
    ...text
      .trimEnd()
      .split('\n')
      .map((line) => `  ${line}`),
  ]
}

function moreLines({ kind, document }: TargetInput, why: boolean): readonly string[] {
  const name = visible(document.name)
  return [
    ...(why
      ? [`simplane status ${kind}/${name}`]
      : [`simplane explain ${kind}/${name}     what it says, and for whom`]),
    `simplane devices --${kind} ${name}     everybody`,
  ]
}
