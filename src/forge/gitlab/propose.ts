import type { CommitAction } from '@gitbeaker/rest'
import type { Proposal } from '../../domain/forge.ts'
import { object, ordinal, sha, text, type Json } from '../json.ts'
import { saysTheSame } from '../marker.ts'
import { digestedMessage, isSameProposal } from '../proposal-digest.ts'
import { isProposed } from '../proposing.ts'
import { Refused } from '../trouble.ts'
import { PAGE_SIZE } from './answers.ts'
import type { Reach } from './connect.ts'
import { withoutDraft } from './merge-request.ts'
import { withoutQuickActions } from './quick-actions.ts'

type Made = { readonly number: number; readonly url: string }

const NOT_OURS = 'Merge, rename or delete that branch, or take another name for the proposal.'

/** Makes the branch and its merge request, or brings both up to date when they are ours. */
export async function proposeChange(reach: Reach, proposal: Proposal): Promise<Made> {
  return await reach.turns(`branch ${proposal.branch}`, async () => {
    await bringBranch(reach, proposal)
    const open = await openOf(reach, proposal)
    return open === undefined ? await makeRequest(reach, proposal) : await bringRequest(reach, proposal, open)
  })
}

/** One commit on `from` (docs.gitlab.com/api/commits, "Create a commit with multiple files and actions"). */
async function bringBranch(reach: Reach, proposal: Proposal): Promise<void> {
  const { api, answers, project, forge } = reach
  const { branch, from } = proposal
  const notOurs = (): Refused =>
    new Refused(
      forge,
      `the last commit of branch "${branch}" is not ours, so that it is left alone`,
      NOT_OURS,
    )
  const before = await lastOf(reach, branch)
  if (before !== undefined && !isProposed(before.message)) throw notOurs()
  if (before !== undefined && isSameProposal(before.message, proposal)) return
  const actions = await actionsOf(reach, proposal)
  // A branch cannot be moved on condition: it is looked at again right before.
  if (before !== undefined && (await lastOf(reach, branch))?.id !== before.id) throw notOurs()
  await answers.one(
    api.commits.create(project, branch, digestedMessage(proposal), actions, {
      startSha: from,
      // It moves the branch; without it GitLab takes no branch that is there.
      ...(before === undefined ? {} : { force: true }),
      showExpanded: true,
    }),
  )
}

type Last = { readonly id: string; readonly message: string }

/** The last commit of a branch; `undefined`: there is no such branch. */
async function lastOf({ api, answers, project }: Reach, branch: string): Promise<Last | undefined> {
  const json = await answers.perhaps(api.branches.show(project, branch, { showExpanded: true }))
  if (json === undefined) return undefined
  const commit = object(json['commit'])
  const [id, message] = [sha(commit?.['id']), text(commit?.['message'])]
  if (id === undefined || message === undefined) throw answers.unreadable('a branch')
  return { id, message }
}

/** GitLab wants to be told which files are new, and refuses to delete one that is not there. */
async function actionsOf(reach: Reach, { from, files }: Proposal): Promise<CommitAction[]> {
  const { api, answers, project } = reach
  const actions: CommitAction[] = []
  for (const { path, content } of files) {
    const known = await answers.perhaps(api.files.show(project, path, from, { showExpanded: true }))
    if (content !== undefined)
      actions.push({ action: known === undefined ? 'create' : 'update', filePath: path, content })
    else if (known !== undefined) actions.push({ action: 'delete', filePath: path })
  }
  return actions
}

/** The open merge request from the branch of this project into the base: that of a fork may have the same name. */
async function openOf(reach: Reach, { branch, base }: Proposal): Promise<Json | undefined> {
  const { api, answers, project } = reach
  const all = await answers.all((page) =>
    api.mergeRequests.all({
      projectId: project,
      state: 'opened',
      sourceBranch: branch,
      targetBranch: base,
      page,
      perPage: PAGE_SIZE,
      showExpanded: true,
    }),
  )
  return all.find(
    (json) =>
      json['source_project_id'] === json['target_project_id'] &&
      json['source_branch'] === branch &&
      json['target_branch'] === base,
  )
}

async function makeRequest(reach: Reach, { branch, base, title, body }: Proposal): Promise<Made> {
  const { api, answers, project } = reach
  return readMade(
    reach,
    await answers.one(
      api.mergeRequests.create(project, branch, base, title, {
        description: withoutQuickActions(body),
        showExpanded: true,
      }),
    ),
  )
}

async function bringRequest(reach: Reach, { title, body }: Proposal, open: Json): Promise<Made> {
  const { api, answers, project, identity } = reach
  const made = readMade(reach, open)
  const description = withoutQuickActions(body)
  const before = text(open['title']) ?? ''
  const isSame = withoutDraft(before) === title && saysTheSame(text(open['description']) ?? '', description)
  // What a person opened from our branch keeps that person's words.
  if (isSame || object(open['author'])?.['id'] !== (await identity()).id) return made
  await answers.one(
    api.mergeRequests.edit(project, made.number, {
      // Somebody made it a draft: it stays one.
      title: open['draft'] === true ? `Draft: ${title}` : title,
      description,
      showExpanded: true,
    }),
  )
  return made
}

function readMade({ answers }: Reach, json: Json): Made {
  const [number, url] = [ordinal(json['iid']), text(json['web_url'])]
  if (number === undefined || url === undefined) throw answers.unreadable('a merge request')
  return { number, url }
}
