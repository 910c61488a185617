import type { Channel, Notice } from '../domain/notice.ts'
import type { Clock } from '../domain/time.ts'
import type { Reply } from '../exchange/answer.ts'
import { slackMessage } from '../report/notice-slack.ts'
import { teamsMessage } from '../report/notice-teams.ts'
import { openPoster } from './post.ts'

export type ChatOptions = {
  readonly name: string
  /** Whoever knows it may post there. */
  readonly url: () => string
  /** Devices are named in full. */
  readonly identities: boolean
  readonly clock: Clock
}

/** Slack, by an incoming webhook: it says `ok` to what it took (docs.slack.dev, sending messages using incoming webhooks). */
export function openSlack(options: ChatOptions): Channel {
  return openChat(options, slackMessage, ({ body }) => body.trim() === 'ok')
}

/** Teams, by a workflow: it says 202, and posts in its own time. */
export function openTeams(options: ChatOptions): Channel {
  return openChat(options, teamsMessage, () => true)
}

function openChat(
  options: ChatOptions,
  messageOf: (notice: Notice, identities: boolean) => object,
  took: (reply: Reply) => boolean,
): Channel {
  const { name, identities } = options
  const poster = openPoster({ ...options, took })
  return {
    name,
    deliver: (notice) =>
      poster.post(JSON.stringify(messageOf(notice, identities)), { 'content-type': 'application/json' }),
    [Symbol.asyncDispose]: () => poster[Symbol.asyncDispose](),
  }
}
