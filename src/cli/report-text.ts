import type { PullRequest } from '../domain/forge.ts'
import type { Plan } from '../domain/plan.ts'
import { counted } from '../report/numbers.ts'
import type { Review } from '../report/pull-request/review.ts'
import { brief, visible } from '../report/visible.ts'
import type { Io } from './io.ts'
import { printJson } from './output.ts'
import type { Post } from './report-post.ts'

/** What a pull request was found to be, or why it was not looked at. */
export type Told = {
  readonly verdict: Review['kind'] | 'closed' | 'elsewhere' | 'moved'
  readonly plan?: Plan
  /** With `elsewhere`: the branch that is followed. */
  readonly branch?: string
  /** With `unavailable`. */
  readonly why?: string
}

type Report = Told & { readonly pull: PullRequest; readonly post: Post; readonly forge: string }

/** Says what was told to the forge; with `dryRun` the comment itself, and what would be. */
export function printReport(
  io: Io,
  report: Report,
  { output, dryRun = false }: { readonly output: 'text' | 'json'; readonly dryRun?: boolean },
): void {
  if (output === 'json') printJson(io, reportJson(report, dryRun))
  else io.out(dryRun ? dryText(report) : toldText(report))
}

function reportJson({ verdict, plan, why, pull, post }: Report, dryRun: boolean): object {
  const comment = post.comment()
  return {
    apiVersion: 'simplane/v1',
    kind: 'Report',
    pullRequest: pull.number,
    head: pull.head.sha,
    verdict,
    posted: !dryRun,
    ...(comment?.url === undefined ? {} : { url: comment.url }),
    ...(why === undefined ? {} : { why }),
    // No device is named: a CI shows its log to everybody who can read the repository.
    ...(plan === undefined ? {} : { plan: { digest: plan.digest, summary: plan.summary } }),
    statuses: post.statuses,
    annotations: post.annotations.length,
    ...(dryRun && comment !== undefined ? { comment: comment.body } : {}),
  }
}

function toldText(report: Report): string {
  const { post } = report
  const url = post.comment()?.url
  return `${titleOf(report)}\n${url === undefined ? '' : `Told: ${visible(url)}\n`}`
}

function dryText(report: Report): string {
  const { post, forge, pull } = report
  const comment = post.comment()
  const body = comment === undefined ? `${titleOf(report)}\n` : `${comment.body}\n`
  const would = [
    ...(comment === undefined ? [] : ['this comment']),
    ...post.statuses.map(({ context, state }) => `${context} ${state}`),
    ...(post.annotations.length === 0
      ? []
      : [counted(post.annotations.length, 'finding') + ' on their lines']),
  ]
  const what = would.length === 0 ? 'nothing' : would.join(', ')
  return `${body}\n${forge}, pull request ${pull.number}, would get: ${what}. Nothing was posted.\n`
}

/** `Pull request 412: 🔴 14 eSIM resets (33% of the fleet)` */
function titleOf({ verdict, branch = '', pull, post }: Report): string {
  const [first = ''] = post.comment()?.body.split('\n') ?? []
  const what = first === '' ? BARE[verdict](pull, branch) : first.replace(/^#+ /, '')
  return `Pull request ${pull.number}: ${what}`
}

const BARE: Readonly<Record<Told['verdict'], (pull: PullRequest, branch: string) => string>> = {
  plan: () => 'planned',
  untouched: () => 'nothing of the desired state changes',
  invalid: () => 'not valid',
  conflict: () => 'does not merge',
  fork: () => 'not planned, for it comes from a fork',
  unavailable: () => 'not planned for now',
  closed: ({ state }) => `is ${state}; there is nothing to plan, and nothing was sent`,
  elsewhere: ({ base }, branch) =>
    `is for ${brief(base.ref, 60)}, and ${brief(branch, 60)} is followed; nothing was sent`,
  moved: () =>
    'has a newer commit than the forge says; nothing was sent, and the run for that commit plans it',
}
