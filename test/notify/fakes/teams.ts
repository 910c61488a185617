import type { IncomingMessage } from 'node:http'
import { openDesk, type Desk, type Said } from './desk.ts'

type Inline = { readonly type: string; readonly text: string }
type Element = {
  readonly type: string
  readonly text?: string
  readonly inlines?: readonly (Inline | string)[]
}
type Card = {
  readonly type: string
  readonly version: string
  readonly body: readonly Element[]
  readonly actions?: readonly { readonly type: string; readonly url: string }[]
}
type Message = {
  readonly type: string
  readonly attachments: readonly { readonly contentType: string; readonly content: Card }[]
}

export type FakeTeams = Desk & {
  readonly address: string
  /** What people see, element by element. */
  readonly shown: (readonly string[])[]
  readonly sizes: number[]
  /** What one could click at: buttons, and whatever Markdown made of a text. */
  readonly buttons: string[]
  readonly links: string[]
}

const PATH = '/powerautomate/automations/direct/workflows/0123abcd/triggers/manual/paths/invoke'
const QUERY = 'api-version=1&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=fake-signature_of-the-address'

/**
 * A workflow "When a Teams webhook request is received" that posts the card, written from learn.microsoft.com: Teams
 * connector (webhook trigger), Adaptive Cards schema 1.5 and text features, Teams limits (28 KB a message).
 */
export async function openFakeTeams(): Promise<FakeTeams> {
  const shown: FakeTeams['shown'] = []
  const sizes: number[] = []
  const buttons: string[] = []
  const links: string[] = []

  function take({ url = '' }: IncomingMessage, body: string): Said {
    if (!url.startsWith(PATH)) return { status: 404, body: '{"error":{"code":"WorkflowNotFound"}}' }
    if (url !== `${PATH}?${QUERY}`)
      return { status: 401, body: '{"error":{"code":"DirectApiAuthorizationRequired"}}' }
    const size = Buffer.byteLength(body)
    if (size > 28 * 1_024) return { status: 413, body: '{"error":{"code":"RequestEntityTooLarge"}}' }
    const message = JSON.parse(body) as Message
    const [attachment] = message.attachments
    if (message.type !== 'message' || attachment === undefined || !isCard(attachment.content))
      return { status: 400, body: '{"error":{"code":"TriggerInputSchemaMismatch"}}' }
    if (attachment.contentType !== 'application/vnd.microsoft.card.adaptive') return { status: 400 }
    sizes.push(size)
    shown.push(attachment.content.body.map(read))
    buttons.push(...(attachment.content.actions ?? []).map((action) => action.url))
    return { status: 202 }
  }

  /** A TextBlock reads Markdown, a run does not. */
  function read({ type, text, inlines = [] }: Element): string {
    if (type === 'RichTextBlock')
      return inlines.map((each) => (typeof each === 'string' ? each : each.text)).join('')
    links.push(
      ...[...(text ?? '').matchAll(/(?<!\\)\[[^\]]*\]\(([^)]*)\)/g)].map(([, target = '']) => target),
    )
    return text ?? ''
  }

  const desk = await openDesk(take)
  return { ...desk, address: `${desk.url.origin}${PATH}?${QUERY}`, shown, sizes, buttons, links }
}

function isCard({ type, version, body, actions = [] }: Card): boolean {
  return (
    type === 'AdaptiveCard' &&
    /^1\.[0-5]$/.test(version) &&
    body.length > 0 &&
    body.every(isElement) &&
    actions.every((action) => action.type === 'Action.OpenUrl' && URL.canParse(action.url))
  )
}

function isElement({ type, text, inlines }: Element): boolean {
  if (type === 'TextBlock') return typeof text === 'string' && text !== ''
  return (
    type === 'RichTextBlock' &&
    inlines !== undefined &&
    inlines.length > 0 &&
    inlines.every((each) => typeof each !== 'string' && each.type === 'TextRun' && each.text !== '')
  )
}
