import type { IncomingMessage } from 'node:http'
import { openDesk, type Desk, type Said } from './desk.ts'

type Text = {
  readonly type: string
  readonly text: string
  readonly emoji?: boolean
  readonly verbatim?: boolean
}
type Block = { readonly type: string; readonly text?: Text; readonly elements?: readonly Text[] }
type Message = { readonly text: string; readonly blocks: readonly Block[] }

export type FakeSlack = Desk & {
  readonly address: string
  /** What people see, block by block. */
  readonly shown: (readonly string[])[]
  /** What a message was as JSON. */
  readonly raw: string[]
  /** Whoever was called, and what one could click at. */
  readonly mentions: string[]
  readonly links: string[]
}

const PATH = '/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX'

/**
 * An incoming webhook, written from docs.slack.dev: sending messages using incoming webhooks; Block Kit (header,
 * section, context, text object); formatting message text.
 */
export async function openFakeSlack(): Promise<FakeSlack> {
  const shown: FakeSlack['shown'] = []
  const raw: string[] = []
  const mentions: string[] = []
  const links: string[] = []

  function take({ url, headers }: IncomingMessage, body: string): Said {
    if (url !== PATH) return { status: 404, body: 'no_service' }
    if (!(headers['content-type'] ?? '').startsWith('application/json'))
      return { status: 400, body: 'invalid_payload' }
    const message = parsed(body)
    if (message === undefined) return { status: 400, body: 'invalid_payload' }
    if (message.blocks.length === 0 || message.blocks.length > 50 || !message.blocks.every(isBlock))
      return { status: 400, body: 'invalid_blocks' }
    raw.push(body)
    read({ type: 'mrkdwn', text: message.text, verbatim: true })
    shown.push(message.blocks.flatMap((block) => textsOf(block).map(read)))
    return { status: 200, body: 'ok' }
  }

  /** Control sequences stand between < and >; without `verbatim` Slack finds more by itself. */
  function read({ type, text, verbatim }: Text): string {
    for (const [, inner = ''] of text.matchAll(/<([^<>]*)>/g))
      (/^[!@#]/.test(inner) ? mentions : links).push(inner)
    if (type === 'mrkdwn' && verbatim !== true) {
      links.push(...(text.match(/https?:\/\/\S+/g) ?? []))
      mentions.push(...(text.match(/(?<!\w)[@#]\w+/g) ?? []))
    }
    return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
  }

  const desk = await openDesk(take)
  return { ...desk, address: `${desk.url.origin}${PATH}`, shown, raw, mentions, links }
}

function parsed(body: string): Message | undefined {
  try {
    const value = JSON.parse(body) as Message
    return typeof value.text === 'string' && value.text.length <= 40_000 && Array.isArray(value.blocks)
      ? value
      : undefined
  } catch {
    return undefined
  }
}

function textsOf({ text, elements = [] }: Block): readonly Text[] {
  return text === undefined ? elements : [text]
}

function isBlock(block: Block): boolean {
  switch (block.type) {
    case 'header':
      return block.text?.type === 'plain_text' && fits(block.text, 150)
    case 'section':
      return block.text !== undefined && fits(block.text, 3_000)
    case 'context': {
      const { elements = [] } = block
      return elements.length > 0 && elements.length <= 10 && elements.every((each) => fits(each, 3_000))
    }
    default:
      return false
  }
}

function fits({ type, text }: Text, limit: number): boolean {
  return ['plain_text', 'mrkdwn'].includes(type) && text.length > 0 && text.length <= limit
}
