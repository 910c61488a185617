import { objectOf } from './json.ts'

/** Most requests in one batch (JSON batching, "limits"). */
export const BATCH_SIZE = 20

/** What came of one read of a batch. The outer 200 says nothing of it. */
export type BatchAnswer =
  | { readonly kind: 'ok'; readonly body: unknown }
  | { readonly kind: 'absent' }
  | { readonly kind: 'throttled' }
  | { readonly kind: 'trouble'; readonly status: number }

/** The body of a batch of reads: fully parallel, each with an id of its own. */
export function batchBody(paths: readonly string[]): string {
  return JSON.stringify({ requests: paths.map((url, at) => ({ id: String(at + 1), method: 'GET', url })) })
}

/**
 * The answers by path, in whatever order they came; one that is missing or comes twice was not learned. `undefined`: no
 * answer to a batch at all.
 */
export function readBatch(
  paths: readonly string[],
  body: unknown,
): ReadonlyMap<string, BatchAnswer> | undefined {
  const responses = objectOf(body)?.['responses']
  if (!Array.isArray(responses)) return undefined
  const byId = Map.groupBy(responses.map(objectOf), (each) => String(each?.['id']))
  const known = new Map<string, BatchAnswer>()
  for (const [at, path] of paths.entries()) {
    const [response, ...more] = byId.get(String(at + 1)) ?? []
    if (response === undefined || more.length > 0) continue
    known.set(path, answerOf(Number(response['status']), response['body']))
  }
  return known
}

function answerOf(status: number, body: unknown): BatchAnswer {
  if (status === 200 && objectOf(body) !== undefined) return { kind: 'ok', body }
  if (status === 404 && objectOf(objectOf(body)?.['error']) !== undefined) return { kind: 'absent' }
  return status === 429 ? { kind: 'throttled' } : { kind: 'trouble', status }
}
