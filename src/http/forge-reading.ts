import { pullRequestHint, pushHint, type Hint, type WebhookKind } from '../domain/hint.ts'
import { parseBounded } from './bounded-json.ts'
import type { Arrived } from './forge-signature.ts'

/** What a webhook comes to: a hint and nothing else, whatever more it holds. */
export type Reading =
  | { readonly kind: 'hint'; readonly hint: Hint }
  /** A ping, or an event that nobody needs. */
  | { readonly kind: 'nothing'; readonly message: string }
  | { readonly kind: 'malformed'; readonly message: string }

/** What is done to pull requests that a review may depend on; others, such as an assignment, are none of our business. */
const ACTIONS: Readonly<Record<Exclude<WebhookKind, 'generic'>, ReadonlySet<string>>> = {
  // GitHub, "Webhook events and payloads", pull_request.
  github: new Set([
    'opened',
    'reopened',
    'synchronize',
    'edited',
    'closed',
    'ready_for_review',
    'converted_to_draft',
    'labeled',
    'unlabeled',
  ]),
  // GitLab, "Webhook events", merge request events.
  gitlab: new Set(['open', 'reopen', 'update', 'close', 'merge']),
  // Gitea and Forgejo, modules/structs/hook.go, HookIssueAction.
  gitea: new Set([
    'opened',
    'reopened',
    'synchronized',
    'edited',
    'closed',
    'label_updated',
    'label_cleared',
  ]),
}

/** Reads a webhook whose signature holds. */
export function readWebhook(kind: WebhookKind, { headers, body }: Arrived): Reading {
  switch (kind) {
    case 'github':
      return readByEvent('github', headers['x-github-event'], body)
    case 'gitea':
      return readByEvent('gitea', headers['x-forgejo-event'] ?? headers['x-gitea-event'], body)
    case 'gitlab':
      return ofBody(body, readGitLab)
    case 'generic':
      return ofBody(body, ({ ref, number }) =>
        hinted(ref === undefined ? pullRequestHint(number) : pushHint(ref)),
      )
  }
}

/** GitHub and its like say in a header what happened. */
function readByEvent(kind: 'github' | 'gitea', event: string | undefined, body: Uint8Array): Reading {
  if (event === undefined) return { kind: 'malformed', message: 'no header says which event this is' }
  if (event === 'ping') return { kind: 'nothing', message: 'pong' }
  if (event === 'push') return ofBody(body, ({ ref }) => hinted(pushHint(ref)))
  if (event !== 'pull_request') return UNNEEDED
  return ofBody(body, ({ action, number }) =>
    ACTIONS[kind].has(String(action)) ? hinted(pullRequestHint(number)) : UNNEEDED,
  )
}

/** GitLab says it in the body too, where a signing token signs it. */
function readGitLab({ object_kind: kind, ref, object_attributes: attributes }: Fields): Reading {
  if (kind === 'push' || kind === 'tag_push') return hinted(pushHint(ref))
  if (kind !== 'merge_request') return UNNEEDED
  const { action, iid } = isFields(attributes) ? attributes : {}
  return ACTIONS.gitlab.has(String(action)) ? hinted(pullRequestHint(iid)) : UNNEEDED
}

const UNNEEDED: Reading = { kind: 'nothing', message: 'nobody needs this event' }

function hinted(hint: Hint | undefined): Reading {
  if (hint !== undefined) return { kind: 'hint', hint }
  return { kind: 'malformed', message: 'it names no branch or tag, and no pull request' }
}

type Fields = Readonly<Record<string, unknown>>

function ofBody(body: Uint8Array, read: (fields: Fields) => Reading): Reading {
  const parsed = parseBounded(body)
  if (parsed === undefined) return { kind: 'malformed', message: 'the body is no JSON, or nested too deeply' }
  return isFields(parsed.value) ? read(parsed.value) : { kind: 'malformed', message: 'the body is no object' }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
