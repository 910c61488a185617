import type { Finding } from '../../domain/finding.ts'
import { rollUp } from '../finding-rollup.ts'
import { rolledUpTable } from '../findings-markdown.ts'
import { assemble, span } from '../markdown.ts'
import type { MarkdownPart } from '../markdown.ts'
import { count, counted } from '../numbers.ts'
import { stateText } from '../plan-header.ts'
import { shortDigest, shortRevision } from '../revisions.ts'
import { heldDevices } from '../plan-totals.ts'
import { brief } from '../visible.ts'
import { headMarker, headline, NEXT, PLAN_MARKER } from './kept.ts'
import { earlierPart, merging, planParts, text } from './plan-parts.ts'
import type { CommentOptions, PlanReview, Review } from './review.ts'
import { snapshotFact } from './snapshot-words.ts'
import { reviewTitle } from './title.ts'

const FILES_SHOWN = 20
/** Kept free for what is said above the plan once it is merged. */
const ROLLOUT_ROOM = 4_000

/**
 * What a pull request would do, in at most `budget` bytes: the first line says it to whoever sees only that, then
 * verdict, table, reasons and what to do next. No name from data is ever outside a code span.
 */
export function pullRequestComment(review: Review, options: CommentOptions): string {
  const end = [...endOf(review, options), ...headMarker(review.head), PLAN_MARKER].join('\n')
  const budget = options.budget - Math.min(ROLLOUT_ROOM, Math.floor(options.budget / 4))
  const shows = review.kind === 'invalid' ? 'simplane validate' : 'simplane plan'
  return assemble(partsOf(review, options), end, budget, shows)
}

function partsOf(review: Review, options: CommentOptions): readonly MarkdownPart[] {
  if (review.kind === 'plan') return planParts(review, options)
  const title = headline(reviewTitle(review))
  const earlier = earlierPart(review.head, options)
  switch (review.kind) {
    case 'untouched':
      return [
        text(`${title}\n${merging(review)} leaves every document and list as it is below the source path.`),
        ...earlier,
      ]
    case 'invalid':
      return [
        text(
          `${title}\nMerged like this, the service would keep ${span(shortRevision(review.onto.revision))} in force and touch nothing.`,
        ),
        findingsTable(review.findings, options),
        ...earlier,
      ]
    case 'conflict':
      return [text(`${title}\n${merging(review)} conflicts in ${fileList(review.files)}.`), ...earlier]
    case 'fork':
      return [
        text(
          `${title}\nWhat comes from another repository is not read, so nothing is known of what it would do.`,
        ),
        ...earlier,
      ]
    case 'unavailable':
      return [
        text(
          `${title}\nNothing is known of what merging ${span(shortRevision(review.head))} would do: ${span(review.why, 400)}`,
        ),
        ...earlier,
      ]
  }
}

function findingsTable(findings: readonly Finding[], options: CommentOptions): MarkdownPart {
  return { kind: 'table', table: rolledUpTable(rollUp(findings), options), rows: 100, share: 0.7 }
}

function fileList(files: readonly string[]): string {
  const shown = files
    .slice(0, FILES_SHOWN)
    .map((file) => span(file, 100))
    .join(', ')
  const more = files.length - FILES_SHOWN
  return more > 0 ? `${shown} and ${counted(more, 'more file')}` : shown
}

/** What to do next, and what all of it rests on; always there. */
function endOf(review: Review, options: CommentOptions): readonly string[] {
  switch (review.kind) {
    case 'plan':
      return [`${NEXT}${nextAfterPlan(review, options)}`, '', planFooter(review, options)]
    case 'untouched':
      return [`${NEXT}nothing for simplane to do.`]
    case 'invalid':
      return [
        `${NEXT}correct the lines above; check them with \`simplane validate\` before pushing again. The plan follows by itself.`,
      ]
    case 'conflict':
      return [
        `${NEXT}bring the branch up to date with ${span(review.onto.branch, 60)}. The plan follows by itself.`,
      ]
    case 'fork':
      return [
        `${NEXT}whoever may write to this repository looks at the change and pushes it to a branch of it; or sets ${span(review.setting, 100)} for all forks.`,
      ]
    case 'unavailable':
      return [`${NEXT}nothing: it is tried again, and this comment changes once there is a plan.`]
  }
}

function nextAfterPlan({ plan }: PlanReview, { ref }: CommentOptions): string {
  const { steps } = plan.summary
  if (steps === 0) return 'review, then merge.'
  const held = heldDevices(plan)
  const release = held === 0 ? '' : ' What is held then waits for `simplane approve`.'
  const look = ref === undefined ? '' : ` To see all of it before: ${span(`simplane plan --ref ${ref}`)}.`
  return `review, then merge: the service begins at once.${release}${look}`
}

function planFooter({ plan, context, scope, snapshot }: PlanReview, { version }: CommentOptions): string {
  const facts = [
    `plan ${span(shortDigest(plan.digest))}`,
    ...snapshotFact(snapshot, context.now),
    stateText(context),
    `${count(scope.unseen)} not seen for 7 days`,
    'nothing was done',
    ...(version === undefined ? [] : [`simplane ${span(brief(version, 20))}`]),
  ]
  return `<sub>${facts.join(' · ')}</sub>`
}
