import { VERDICTS } from '../domain/journal.ts'
import type { Duration } from '../domain/time.ts'
import { age } from './ages.ts'
import { count, counted } from './numbers.ts'
import { CODE_PAGES } from './pages/codes.ts'
import { plainPaint } from './paint.ts'
import type { Paint } from './paint.ts'
import { shortRevision } from './revisions.ts'
import { FOR_A_PERSON, statusWord } from './status.ts'
import type { StatusInput, StatusWord } from './status.ts'
import { table } from './table.ts'
import { brief } from './visible.ts'
import { wrap } from './width.ts'
import { STEPS_WORDS, STEP_WORDS } from './words.ts'

const WIDTH = 100
const HEAD = 10

/** The fleet on one screen: verdict first, then who is without an eSIM because of us, then what needs a person. */
export function statusText(input: StatusInput, paint: Paint = plainPaint): string {
  const { counts } = input
  const blocks: (readonly string[])[] = [
    headLines(input, paint),
    verdictLines(input, paint),
    configurationLines(input),
    retirementLines(input),
    personLines(input, paint),
    driverLines(input),
  ]
  if (counts.devices === 0)
    blocks.splice(2, 0, ['No device is recorded yet: `simplane reconcile` reads the inventory.'])
  return `${blocks
    .filter((block) => block.length > 0)
    .map((block) => block.join('\n'))
    .join('\n\n')}\n`
}

function headLines(input: StatusInput, paint: Paint): readonly string[] {
  const word = statusWord(input)
  const text = word.toUpperCase().replace('-', ' ')
  const indent = ' '.repeat(Math.max(HEAD, text.length + 2))
  const [first = '', ...others] = wrap(headline(input, word), WIDTH - indent.length)
  const lines = [
    `${wordPaint(word, paint)(text)}${indent.slice(text.length)}${first}`,
    ...others.map((line) => indent + line),
  ]
  const second = word === 'no-service' ? revisionText(input) : passText(input)
  if (second !== '') for (const line of wrap(second, WIDTH - indent.length)) lines.push(indent + line)
  return lines
}

function wordPaint(word: StatusWord, paint: Paint): (text: string) => string {
  if (word === 'in-sync') return (text) => paint.bold(paint.green(text))
  const bad = word === 'no-service' || word === 'refused' || word === 'failed'
  return (text) => paint.bold(bad ? paint.red(text) : paint.yellow(text))
}

function headline(input: StatusInput, word: StatusWord): string {
  const { inForce, refused, run, now } = input
  const at = inForce === undefined ? 'no revision is in force yet' : revisionText(input)
  if (word === 'no-service') {
    const last =
      run === undefined
        ? 'no pass was ever made'
        : `last pass ${age(now - (run.endedAt ?? run.startedAt))} ago`
    return `${last}; what follows is what was known then`
  }
  if (word === 'refused' && refused !== undefined) {
    const errors = refused.findings.filter((finding) => finding.severity === 'error').length
    const kept =
      inForce === undefined ? 'nothing is in force' : `${shortRevision(inForce.revision.id)} stays in force`
    return `${shortRevision(refused.revision.id)} has ${counted(errors, 'error')}, no device is touched for it; ${kept}: simplane validate`
  }
  return at
}

function revisionText({ inForce, now }: StatusInput): string {
  if (inForce === undefined) return ''
  const { id, subject, author } = inForce.revision
  const about = subject === undefined ? '' : ` "${brief(subject, 50)}"`
  const by = author === undefined ? '' : `, ${brief(author, 30)}`
  return `${shortRevision(id)}${about}${by}, applied ${age(now - inForce.at)} ago`
}

function passText({ run, now, counts }: StatusInput): string {
  const parts: string[] = []
  if (run !== undefined) {
    const { issued, proven, failed } = run.counts
    const idle = issued + proven + failed === 0
    const did = idle
      ? 'nothing to do'
      : `${count(issued)} issued, ${count(proven)} proven, ${count(failed)} failed`
    const under =
      run.endedAt === undefined
        ? `pass under way for ${age(now - run.startedAt)}`
        : `last pass ${age(now - run.endedAt)} ago, ${did}`
    parts.push(run.error === undefined ? under : `${under}, it failed: ${brief(run.error, 200)}`)
  } else parts.push('no pass yet')
  if (counts.newestSeen !== undefined && counts.oldestSeen !== undefined) {
    parts.push(
      `${counted(counts.devices, 'device')} seen ${age(now - counts.newestSeen)} to ${age(now - counts.oldestSeen)} ago`,
    )
  }
  return parts.join('; ')
}

function verdictLines({ counts, now }: StatusInput, paint: Paint): readonly string[] {
  const verdicts = VERDICTS.map(
    (verdict) => `${verdict.replace('-', ' ')} ${count(counts.byVerdict[verdict])}`,
  ).join('   ')
  const since: Duration | undefined =
    counts.withoutEsimSince === undefined ? undefined : now - counts.withoutEsimSince
  const oldest = since === undefined || counts.withoutEsim === 0 ? '' : `, the oldest for ${age(since)}`
  const more = counts.withoutEsim === 0 ? '' : '   simplane devices --without-esim'
  const without = `without an eSIM because of us: ${count(counts.withoutEsim)}${oldest}`
  return [`  ${counts.withoutEsim === 0 ? without : paint.bold(paint.red(without))}${more}`, `  ${verdicts}`]
}

function configurationLines({ counts, desired }: StatusInput): readonly string[] {
  if (counts.configurations.length === 0) return []
  const rows = counts.configurations.map((each) => {
    const document = desired?.configurations.find((one) => one.name === each.name)
    const numbers = [each.wanted, each['in-sync'], each.working, each.held, each.failed, each.drifted].map(
      count,
    )
    return [brief(each.name, 40), document?.spec.platform ?? '-', ...numbers, document?.mode ?? '-']
  })
  const numbers = ['WANTED', 'IN SYNC', 'WORKING', 'HELD', 'FAILED', 'DRIFTED'].map((title) => ({
    title,
    right: true,
  }))
  return table(
    [{ title: 'CONFIGURATION', max: 26 }, { title: 'PLATFORM' }, ...numbers, { title: 'MODE' }],
    rows,
  )
}

function retirementLines({ counts }: StatusInput): readonly string[] {
  if (counts.retirements.length === 0) return []
  const rows = counts.retirements.map((each) => [
    brief(each.name, 40),
    ...[each.devices, each.ready, each.working, each.held].map(count),
  ])
  const numbers = ['DEVICES', 'READY', 'WORKING', 'HELD'].map((title) => ({ title, right: true }))
  return table([{ title: 'RETIREMENT', max: 40 }, ...numbers], rows)
}

function personLines({ holds, counts }: StatusInput, paint: Paint): readonly string[] {
  const rows = holds.map((hold) => [
    hold.id,
    hold.codes.join(', '),
    `${count(hold.devices)} ${hold.devices === 1 ? STEP_WORDS[hold.step] : STEPS_WORDS[hold.step]}`,
    `simplane approve ${hold.id}`,
  ])
  for (const code of FOR_A_PERSON) {
    const devices = counts.findings.find((finding) => finding.code === code)?.devices ?? 0
    if (devices > 0) rows.push(['', code, counted(devices, 'device'), `simplane devices --finding ${code}`])
  }
  if (rows.length === 0) return []
  const meaning = counts.findings.find(
    (finding) => finding.code === 'retire-before-reset' && finding.devices > 0,
  )
  const why =
    meaning === undefined
      ? []
      : [`  ${CODE_PAGES['retire-before-reset'].title}: suspend these lines at the carrier`]
  const lines = table([{}, { max: 40 }, {}, {}], rows, WIDTH - 2).map((line) => `  ${line}`)
  return [paint.bold('Needs a person'), ...lines, ...why]
}

function driverLines({ inventories, now }: StatusInput): readonly string[] {
  if (inventories.length === 0) return []
  const latest = new Map<string, (typeof inventories)[number]>()
  for (const inventory of inventories) {
    const known = latest.get(inventory.driver)
    if (known === undefined || inventory.listing > known.listing) latest.set(inventory.driver, inventory)
  }
  const texts = [...latest.values()].map((each) => {
    const name = brief(each.driver, 40)
    if (each.endedAt === undefined) return `${name} being read for ${age(now - each.startedAt)}`
    return `${name} ${each.complete ? 'ok' : 'INCOMPLETE'}, ${age(now - each.endedAt)} ago`
  })
  return texts.map((text, index) => `${index === 0 ? 'Drivers' : '       '}   ${text}`)
}
