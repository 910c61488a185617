import type { Proposal } from '../../domain/forge.ts'
import { object, sha, text } from '../json.ts'
import { digestedMessage } from '../proposal-digest.ts'
import { Refused, unreachable } from '../trouble.ts'
import type { Reach } from './connect.ts'

type Branch = { readonly tip: string; readonly message: string }

/** `undefined`: there is none of this name. */
export async function branchOf({ client, at, forge }: Reach, name: string): Promise<Branch | undefined> {
  const json = await client.perhaps(`${at}/branches/${encodedPath(name)}`)
  if (json === undefined) return undefined
  const commit = object(json['commit'])
  const [tip, message] = [sha(commit?.['id']), text(commit?.['message'])]
  if (tip === undefined || message === undefined)
    throw unreachable(forge, 'what it says of a branch cannot be read')
  return { tip, message }
}

/**
 * One commit with these operations of a proposal, on `from`. `isThere`: its branch is there and ours, and is moved. The API
 * commits on branches only: where the base moved on, a branch is made for a moment that still ends with `from`.
 */
export async function commitFiles(
  reach: Reach,
  proposal: Proposal,
  files: readonly object[],
  isThere: boolean,
): Promise<void> {
  const { client, at } = reach
  const { branch, base, from } = proposal
  const force = isThere ? await forceFlag(reach) : {}
  const commit = (on: string): Promise<unknown> =>
    client.one('POST', `${at}/contents`, {
      branch: on,
      new_branch: branch,
      message: digestedMessage(proposal),
      files,
      ...force,
    })
  if ((await branchOf(reach, base))?.tip === from) {
    await commit(base)
    return
  }
  const start = `${branch}-on-${from.slice(0, 12)}`
  await makeStart(reach, start, from)
  await commit(start)
  await client.none('DELETE', `${at}/branches/${encodedPath(start)}`)
}

/** One that was left from a try whose answer got lost is as good. */
async function makeStart(reach: Reach, name: string, from: string): Promise<void> {
  const { client, at, forge } = reach
  const known = await branchOf(reach, name)
  if (known !== undefined && known.tip !== from)
    throw new Refused(forge, `the branch "${name}" is in the way`, 'Rename or delete that branch.')
  if (known === undefined)
    await client.one('POST', `${at}/branches`, { new_branch_name: name, old_ref_name: from })
}

/** How a branch is overwritten: Gitea from 1.26 on, and Forgejo, whose version names the Gitea that it is like. */
async function forceFlag({ client }: Reach): Promise<object> {
  const { version } = await client.one('GET', '/version')
  return /\+gitea-/.test(text(version) ?? '') ? { force_overwrite_new_branch: true } : { force_push: true }
}

/** What there is already goes by its blob: a file that changed meanwhile is not overwritten. */
export async function operations(
  { client, at }: Reach,
  { from, files }: Proposal,
): Promise<readonly object[]> {
  const all: object[] = []
  for (const { path, content } of files) {
    const known = await client.perhaps(`${at}/contents/${encodedPath(path)}`, { ref: from })
    const blob = known === undefined ? {} : { sha: known['sha'] }
    if (content !== undefined) {
      const operation = known === undefined ? 'create' : 'update'
      all.push({ operation, path, content: Buffer.from(content).toString('base64'), ...blob })
    } else if (known !== undefined) all.push({ operation: 'delete', path, ...blob })
  }
  return all
}

/** The slashes of branches and files are part of the path here. */
function encodedPath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/')
}
