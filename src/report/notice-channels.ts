import type { ChannelStanding } from '../domain/notice-store.ts'
import { NOTICE_KINDS, type NoticeKind, type NoticeSeverity } from '../domain/notice.ts'
import { toRfc3339, type Instant } from '../domain/time.ts'
import { age } from './ages.ts'
import { count } from './numbers.ts'
import { table } from './table.ts'
import { moment, type TimeFormat } from './time-format.ts'
import { brief, visible } from './visible.ts'

/** What a channel asks for. */
type Wishes = {
  readonly name: string
  readonly kind: string
  readonly events: readonly NoticeKind[]
  readonly severity: NoticeSeverity
  readonly subjects: readonly string[]
  readonly identities: boolean
}

/** A channel, and how it does; `standing` absent: nothing waits and nothing is wrong. */
export type ChannelRow = { readonly settings: Wishes; readonly standing?: ChannelStanding }

type When = { readonly now: Instant; readonly time: TimeFormat }

export function channelsText(rows: readonly ChannelRow[], when: When): string {
  if (rows.length === 0) return 'Nobody is told of anything: there is no notify in the settings.\n'
  const lines = table(
    [{ title: 'channel' }, { title: 'kind' }, { title: 'waiting', right: true }, { title: 'is told' }],
    rows.map(({ settings, standing }) => [
      settings.name,
      settings.kind,
      count(standing?.waiting ?? 0),
      told(settings),
    ]),
  )
  return `${[...lines, ...rows.flatMap((row) => trouble(row, when))].join('\n')}\n`
}

function told({ events, severity, subjects }: Wishes): string {
  const what = events.length === NOTICE_KINDS.length ? 'everything' : events.join(', ')
  const least = { info: '', warning: ', warnings and errors', error: ', errors' }[severity]
  const about = subjects.includes('**') ? '' : `, of ${subjects.map((each) => visible(each)).join(', ')}`
  return `${what}${least}${about}`
}

function trouble({ settings, standing }: ChannelRow, { now, time }: When): readonly string[] {
  if (standing === undefined || standing.tries === 0) return []
  const { oldest, notBefore, tries, why = '' } = standing
  const since = oldest === undefined ? '' : `, the oldest for ${age(now - oldest)}`
  const next = notBefore === undefined || notBefore <= now ? 'is due' : moment(time, notBefore)
  const times = tries === 1 ? 'once' : `${count(tries)} times`
  return [
    '',
    `${settings.name} was tried ${times} in vain: ${brief(why, 200)}.`,
    `  Next try ${next}${since}.`,
  ]
}

export function channelsJson(rows: readonly ChannelRow[]): object {
  return {
    apiVersion: 'simplane/v1',
    kind: 'ChannelList',
    channels: rows.map(({ settings, standing }) => {
      const { name, kind, events, severity, subjects, identities } = settings
      const { waiting = 0, tries = 0, oldest, notBefore, why } = standing ?? {}
      return {
        name,
        kind,
        events,
        severity,
        subjects,
        identities,
        waiting,
        tries,
        ...(oldest === undefined ? {} : { oldest: toRfc3339(oldest) }),
        ...(notBefore === undefined ? {} : { nextTry: toRfc3339(notBefore) }),
        ...(why === undefined ? {} : { trouble: why }),
      }
    }),
  }
}
