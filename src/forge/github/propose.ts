import type { Proposal } from '../../domain/forge.ts'
import { object, ordinal, sha, text, type Json } from '../json.ts'
import { saysTheSame } from '../marker.ts'
import { commitMessage, isProposed } from '../proposing.ts'
import { Refused, unreachable } from '../trouble.ts'
import type { Reach } from './connect.ts'
import { entries, PAGE } from './pages.ts'
import { authorOf } from './pulls.ts'

type Made = { readonly number: number; readonly url: string }
type Commit = {
  readonly tree: string
  readonly parents: readonly unknown[]
  readonly message: string
}

const NOT_OURS = 'Merge, rename or delete that branch, or take another name for the proposal.'

/** Makes the branch and its pull request, or brings both up to date when they are ours. */
export async function proposeChange(reach: Reach, proposal: Proposal): Promise<Made> {
  return await reach.turns(`branch ${proposal.branch}`, async () => {
    await bringBranch(reach, proposal)
    const open = await openPullOf(reach, proposal)
    return open === undefined ? await makePull(reach, proposal) : await bringPull(reach, proposal, open)
  })
}

/** One commit on `from`, through the Git database (docs.github.com/rest/git). */
async function bringBranch(reach: Reach, proposal: Proposal): Promise<void> {
  const { client, at, forge } = reach
  const { branch, from } = proposal
  const before = await branchHead(reach, branch)
  const last = before === undefined ? undefined : await commitOf(reach, before)
  if (last !== undefined && !isProposed(last.message)) throw moved(reach, branch)
  const tree = await makeTree(reach, proposal)
  if (last?.tree === tree && last.parents.length === 1 && last.parents[0] === from) return
  const { data } = await client.request('POST /repos/{owner}/{repo}/git/commits', {
    ...at,
    message: commitMessage(proposal),
    tree,
    parents: [from],
  })
  const made = sha(data.sha)
  if (made === undefined) throw unreachable(forge, 'what it says of a new commit cannot be read')
  if (before === undefined) {
    await client.request('POST /repos/{owner}/{repo}/git/refs', {
      ...at,
      ref: `refs/heads/${branch}`,
      sha: made,
    })
    return
  }
  // A branch cannot be moved on condition: it is looked at again right before.
  if ((await branchHead(reach, branch)) !== before) throw moved(reach, branch)
  await client.request('PATCH /repos/{owner}/{repo}/git/refs/{ref}', {
    ...at,
    ref: `heads/${branch}`,
    sha: made,
    force: true,
  })
}

function moved({ forge }: Reach, branch: string): Refused {
  return new Refused(
    forge,
    `the last commit of branch "${branch}" is not ours, so that it is left alone`,
    NOT_OURS,
  )
}

async function branchHead({ client, at, forge }: Reach, branch: string): Promise<string | undefined> {
  try {
    const { data } = await client.request('GET /repos/{owner}/{repo}/git/ref/{ref}', {
      ...at,
      ref: `heads/${branch}`,
    })
    const head = sha(object(data.object)?.['sha'])
    if (head === undefined) throw unreachable(forge, 'what it says of a branch cannot be read')
    return head
  } catch (error) {
    if (error instanceof Refused && error.httpStatus === 404) return undefined
    throw error
  }
}

async function commitOf({ client, at, forge }: Reach, commit: string): Promise<Commit> {
  const { data } = await client.request('GET /repos/{owner}/{repo}/git/commits/{commit_sha}', {
    ...at,
    commit_sha: commit,
  })
  const tree = sha(object(data.tree)?.['sha'])
  const message = text(data.message)
  if (tree === undefined || message === undefined || !Array.isArray(data.parents))
    throw unreachable(forge, 'what it says of a commit cannot be read')
  return { tree, message, parents: data.parents.map((parent) => object(parent)?.['sha']) }
}

async function makeTree(reach: Reach, { from, files }: Proposal): Promise<string> {
  const { client, at, forge } = reach
  const base = await commitOf(reach, from)
  if (files.length === 0) return base.tree
  const { data } = await client.request('POST /repos/{owner}/{repo}/git/trees', {
    ...at,
    base_tree: base.tree,
    tree: files.map(({ path, content }) => ({
      path,
      mode: '100644' as const,
      type: 'blob' as const,
      // Without content the file goes.
      ...(content === undefined ? { sha: null } : { content }),
    })),
  })
  const tree = sha(data.sha)
  if (tree === undefined) throw unreachable(forge, 'what it says of a new tree cannot be read')
  return tree
}

/** The open pull request from the branch of this repository into the base. */
async function openPullOf(reach: Reach, { branch, base }: Proposal): Promise<Json | undefined> {
  const { client, at, forge } = reach
  const pages = client.paginate.iterator('GET /repos/{owner}/{repo}/pulls', {
    ...at,
    state: 'open',
    head: `${at.owner}:${branch}`,
    base,
    per_page: PAGE,
  })
  for await (const pull of entries(forge, 'pull requests', pages)) {
    const [head, into] = [object(pull['head']) ?? {}, object(pull['base']) ?? {}]
    const isHere = object(head['repo'])?.['id'] === object(into['repo'])?.['id']
    if (isHere && head['ref'] === branch && into['ref'] === base) return pull
  }
  return undefined
}

async function makePull(reach: Reach, { branch, base, title, body }: Proposal): Promise<Made> {
  const { client, at } = reach
  const { data } = await client.request('POST /repos/{owner}/{repo}/pulls', {
    ...at,
    head: branch,
    base,
    title,
    body,
  })
  return readMade(reach, data)
}

async function bringPull(reach: Reach, { title, body }: Proposal, open: Json): Promise<Made> {
  const { client, at, identity } = reach
  const made = readMade(reach, open)
  const isSame = open['title'] === title && saysTheSame(text(open['body']) ?? '', body)
  // What a person opened from our branch keeps that person's words.
  if (isSame || authorOf(open) !== (await identity()).login) return made
  await client.request('PATCH /repos/{owner}/{repo}/pulls/{pull_number}', {
    ...at,
    pull_number: made.number,
    title,
    body,
  })
  return made
}

function readMade({ forge }: Reach, data: unknown): Made {
  const pull = object(data) ?? {}
  const [number, url] = [ordinal(pull['number']), text(pull['html_url'])]
  if (number === undefined || url === undefined)
    throw unreachable(forge, 'what it says of a pull request cannot be read')
  return { number, url }
}
