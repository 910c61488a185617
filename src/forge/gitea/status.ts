import type { CommitStatus } from '../../domain/forge.ts'
import { ordinal, text, type Json } from '../json.ts'
import type { Reach } from './connect.ts'

/** Gitea takes any length; more is not shown. */
export const LONGEST_DESCRIPTION = 140

/**
 * Says how a check of a commit stands. Every one that is posted stays, and the latest of its context counts: nothing is
 * said that stands there already.
 */
export async function postStatus(reach: Reach, commit: string, status: CommitStatus): Promise<void> {
  const { client, at, turns } = reach
  const { context, state, url } = status
  const description = Array.from(status.description).slice(0, LONGEST_DESCRIPTION).join('')
  await turns(`status ${commit} ${context}`, async () => {
    const last = await latest(reach, commit, context)
    const isSame =
      last?.['status'] === state &&
      (text(last['description']) ?? '') === description &&
      (text(last['target_url']) ?? '') === (url ?? '')
    if (isSame) return
    await client.one('POST', `${at}/statuses/${commit}`, {
      context,
      state,
      description,
      ...(url === undefined ? {} : { target_url: url }),
    })
  })
}

/** The one with the highest number: several may be of one second, and Gitea has its orders by index the wrong way round. */
async function latest({ client, at }: Reach, commit: string, context: string): Promise<Json | undefined> {
  let last: Json | undefined
  for await (const json of client.all(`${at}/commits/${commit}/statuses`, { sort: 'leastindex' })) {
    if (json['context'] !== context) continue
    if ((ordinal(json['id']) ?? 0) > (ordinal(last?.['id']) ?? 0)) last = json
  }
  return last
}
