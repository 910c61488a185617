import type { FleetCounts } from '../domain/read-store.ts'
import {
  actionLines,
  changedText,
  inSyncText,
  observedText,
  passLine,
  plannedText,
  refusedLines,
  unchangedText,
  workingText,
  type PassWord,
  type Standing,
} from '../report/pass-text.ts'
import { counted } from '../report/numbers.ts'
import type { Screen } from '../reconcile/parts.ts'
import type { Io } from './io.ts'

/** What the screen says in its own words: a log on the same terminal would say it twice. */
export const SHOWN: ReadonlySet<string> = new Set([
  'refused',
  'source-unreachable',
  'driver-unreachable',
  'store-busy',
])

export type ScreenOptions = {
  /** `desired-state/`: in front of file names of findings. */
  readonly prefix: string
  /** Printed once, after the first quiet moment of a first start. */
  readonly hints: readonly string[]
}

/** The running service as a person at a terminal sees it (experience.md, "npm start"). */
export function terminalScreen(io: Io, options: ScreenOptions): Screen {
  let lastRead: string | undefined
  let barShown = false
  let hintsShown = false
  const now = (): string => io.time.clock(io.clock.now())
  const erase = (): void => {
    if (barShown && io.terminal) io.err('\r\u001b[K')
    barShown = false
  }
  const say = (lines: readonly string[]): void => {
    erase()
    io.err(`${lines.join('\n')}\n`)
  }
  const line = (word: PassWord, text: string): void => say(passLine(now(), word, text, io.paint))
  return {
    showsFleet: true,
    changed(paths) {
      line('changed', changedText(paths))
    },
    read({ documents, kinds }) {
      lastRead = now()
      line('read', kindsText(documents, kinds))
    },
    refused(findings, textOf) {
      say(refusedLines(now(), findings, lastRead, { paint: io.paint, prefix: options.prefix, textOf }))
    },
    observed({ devices: _records, byPlatform, complete }) {
      const devices = Object.values(byPlatform).reduce((sum, n) => sum + n, 0)
      line('observed', observedText({ devices, byPlatform }, complete))
    },
    planned({ counts, tally, changes, holds }) {
      const actions = tally.actions()
      line('planned', plannedText(standing(counts)))
      if (actions.length === 0) return
      const shown = actions.map((each) => ({
        action: each.action,
        devices: each.devices,
        held: each.held,
        detail:
          each.action === 'install'
            ? each.configurations
                .slice(0, 3)
                .map(({ name, devices }) => `${name} ${devices}`)
                .join(', ')
            : each.because,
        rule: each.rule,
      }))
      const held = holds.map(({ hold, example }) => ({
        code: hold.code,
        devices: hold.devices,
        example,
        hold: hold.id,
      }))
      say(['', ...actionLines({ actions: shown, holds: held, changes, resets: tally.resets }, io.paint), ''])
    },
    progress({ proven, total }) {
      if (!io.terminal) return
      io.err(`\r\u001b[K${passLine(now(), 'working', workingText(proven, total), io.paint)[0] ?? ''}`)
      barShown = true
    },
    settled({ counts, idle, milliseconds }) {
      if (idle && lastRead === undefined) line('in sync', unchangedText('the last run', milliseconds))
      else line(counts.byVerdict.failed > 0 ? 'failed' : 'in sync', inSyncText(standing(counts)))
      lastRead ??= now()
      if (hintsShown) return
      hintsShown = true
      if (options.hints.length > 0) say(['', ...options.hints])
    },
    trouble(message) {
      line('failed', message)
    },
  }
}

function kindsText(
  documents: number,
  kinds: { configurations: number; groups: number; retirements: number; policies: number },
): string {
  const parts = [
    counted(kinds.configurations, 'configuration'),
    counted(kinds.groups, 'group'),
    counted(kinds.retirements, 'retirement'),
    counted(kinds.policies, 'policy', 'policies'),
  ]
  return `${counted(documents, 'document')}: ${parts.filter((part) => !part.startsWith('0 ')).join(', ')}`
}

function standing(counts: FleetCounts): Standing {
  const { byVerdict } = counts
  return {
    changing: byVerdict.working + byVerdict.held,
    inSync: byVerdict['in-sync'],
    ready: counts.retirements.reduce((sum, each) => sum + each.ready, 0),
    held: byVerdict.held,
    failed: byVerdict.failed,
    notEligible: byVerdict['not-eligible'],
  }
}
