import type { Proposal } from '../../domain/forge.ts'
import { object, ordinal, text, type Json } from '../json.ts'
import { saysTheSame } from '../marker.ts'
import { isSameProposal } from '../proposal-digest.ts'
import { isProposed } from '../proposing.ts'
import { Refused, unreachable } from '../trouble.ts'
import { branchOf, commitFiles, operations } from './branches.ts'
import type { Reach } from './connect.ts'

type Made = { readonly number: number; readonly url: string }

const NOT_OURS = 'Merge, rename or delete that branch, or take another name for the proposal.'

/** Makes the branch and its pull request, or brings both up to date when they are ours. */
export async function proposeChange(reach: Reach, proposal: Proposal): Promise<Made> {
  return await reach.turns(`branch ${proposal.branch}`, async () => {
    await bringBranch(reach, proposal)
    const open = await openPullOf(reach, proposal)
    return open === undefined ? await makePull(reach, proposal) : await bringPull(reach, proposal, open)
  })
}

async function bringBranch(reach: Reach, proposal: Proposal): Promise<void> {
  const { branch } = proposal
  const before = await branchOf(reach, branch)
  if (before !== undefined && !isProposed(before.message)) throw notOurs(reach, branch)
  if (before !== undefined && isSameProposal(before.message, proposal)) return
  const files = await operations(reach, proposal)
  // A branch cannot be moved on condition: it is looked at again right before.
  if (before !== undefined && (await branchOf(reach, branch))?.tip !== before.tip)
    throw notOurs(reach, branch)
  await commitFiles(reach, proposal, files, before !== undefined)
}

function notOurs({ forge }: Reach, branch: string): Refused {
  return new Refused(
    forge,
    `the last commit of branch "${branch}" is not ours, so that it is left alone`,
    NOT_OURS,
  )
}

/** The open pull request from the branch of this repository into the base: that of a fork may have the same name. */
async function openPullOf({ client, at }: Reach, { branch, base }: Proposal): Promise<Json | undefined> {
  for await (const json of client.all(`${at}/pulls`, { state: 'open', sort: 'oldest' })) {
    const [head, into] = [object(json['head']) ?? {}, object(json['base']) ?? {}]
    if (head['repo_id'] === into['repo_id'] && head['ref'] === branch && into['ref'] === base) return json
  }
  return undefined
}

async function makePull(reach: Reach, { branch, base, title, body }: Proposal): Promise<Made> {
  const { client, at } = reach
  return readMade(reach, await client.one('POST', `${at}/pulls`, { head: branch, base, title, body }))
}

async function bringPull(reach: Reach, { title, body }: Proposal, open: Json): Promise<Made> {
  const { client, at, identity } = reach
  const made = readMade(reach, open)
  const before = text(open['title']) ?? ''
  // Somebody made it a draft, by the beginning of its title: it stays one.
  const kept = open['draft'] === true ? (/^\s*(wip:|\[wip\])\s*/i.exec(before)?.[0] ?? '') : ''
  const isSame = before === `${kept}${title}` && saysTheSame(text(open['body']) ?? '', body)
  // What a person opened from our branch keeps that person's words.
  if (isSame || object(open['user'])?.['id'] !== (await identity()).id) return made
  await client.one('PATCH', `${at}/pulls/${made.number}`, { title: `${kept}${title}`, body })
  return made
}

function readMade({ forge }: Reach, json: Json): Made {
  const [number, url] = [ordinal(json['number']), text(json['html_url'])]
  if (number === undefined || url === undefined)
    throw unreachable(forge, 'what it says of a pull request cannot be read')
  return { number, url }
}
