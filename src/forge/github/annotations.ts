import { createHash } from 'node:crypto'
import type { Annotation } from '../../domain/forge.ts'
import { ordinal } from '../json.ts'
import { unreachable } from '../trouble.ts'
import type { Reach } from './connect.ts'
import { entries, PAGE } from './pages.ts'

/** As many as GitHub takes in one request. */
const A_REQUEST = 50
/** A page of findings longer than this helps nobody. */
const MOST = 500
/** GitHub's: 255 characters, 64 KiB. */
const LONGEST_TITLE = 255
const LONGEST_MESSAGE = 16_000

const LEVELS = { error: 'failure', warning: 'warning', info: 'notice' } as const

/**
 * Shows findings on their lines, as a check run of this name. An update only ever adds annotations to a check run
 * (docs.github.com/rest/checks/runs); what replaces them is a new run of the same name, for GitHub shows the latest. Its
 * `external_id` is the digest of what it shows, so that the same is not shown twice. Only a GitHub App may do this.
 */
export async function showAnnotations(
  reach: Reach,
  commit: string,
  name: string,
  annotations: readonly Annotation[],
): Promise<void> {
  const { app } = await reach.identity()
  if (app === undefined) return
  await reach.turns(`annotations ${commit} ${name}`, async () => {
    const digest = createHash('sha256').update(JSON.stringify(annotations)).digest('hex')
    const shown = await latestRun(reach, app, commit, name)
    if (shown === undefined && annotations.length === 0) return
    // One that is not completed was left half done.
    if (shown?.['external_id'] === digest && shown['status'] === 'completed') return
    await makeRun(reach, { commit, name, digest }, annotations)
  })
}

async function latestRun({ client, at, forge }: Reach, app: number, commit: string, name: string) {
  const pages = client.paginate.iterator('GET /repos/{owner}/{repo}/commits/{ref}/check-runs', {
    ...at,
    ref: commit,
    check_name: name,
    filter: 'latest',
    app_id: app,
    per_page: PAGE,
  })
  for await (const run of entries(forge, 'check runs', pages)) if (run['name'] === name) return run
  return undefined
}

type Run = { readonly commit: string; readonly name: string; readonly digest: string }

async function makeRun(
  reach: Reach,
  { commit, name, digest }: Run,
  annotations: readonly Annotation[],
): Promise<void> {
  const { client, at, forge } = reach
  const shown = annotations.slice(0, MOST).map(annotationOf)
  const output = { title: titleOf(annotations), summary: summaryOf(annotations) }
  const ends = { status: 'completed', conclusion: conclusionOf(annotations) } as const
  const [first = [], ...others] = inParts(shown)
  const { data } = await client.request('POST /repos/{owner}/{repo}/check-runs', {
    ...at,
    name,
    head_sha: commit,
    external_id: digest,
    ...(others.length === 0 ? ends : { status: 'in_progress' }),
    output: { ...output, annotations: first },
  })
  const id = ordinal(data.id)
  if (id === undefined) throw unreachable(forge, 'what it says of a check run cannot be read')
  for (const [at_, part] of others.entries())
    await client.request('PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}', {
      ...at,
      check_run_id: id,
      ...(at_ === others.length - 1 ? ends : {}),
      output: { ...output, annotations: part },
    })
}

type Shown = ReturnType<typeof annotationOf>

function annotationOf({ file, line, column, severity, title, message }: Annotation) {
  return {
    path: file,
    start_line: line,
    end_line: line,
    ...(column === undefined ? {} : { start_column: column, end_column: column }),
    annotation_level: LEVELS[severity],
    title: title.slice(0, LONGEST_TITLE),
    message: message.slice(0, LONGEST_MESSAGE),
  }
}

function inParts(all: readonly Shown[]): Shown[][] {
  const parts: Shown[][] = []
  for (let from = 0; from < all.length; from += A_REQUEST) parts.push(all.slice(from, from + A_REQUEST))
  return parts
}

function conclusionOf(annotations: readonly Annotation[]): 'failure' | 'neutral' | 'success' {
  if (annotations.some(({ severity }) => severity === 'error')) return 'failure'
  return annotations.some(({ severity }) => severity === 'warning') ? 'neutral' : 'success'
}

function titleOf(annotations: readonly Annotation[]): string {
  if (annotations.length === 0) return 'No findings'
  return annotations.length === 1 ? '1 finding' : `${annotations.length} findings`
}

function summaryOf(annotations: readonly Annotation[]): string {
  const files = new Set(annotations.map(({ file }) => file)).size
  if (files === 0) return 'Nothing to say about any file.'
  const where = files === 1 ? 'In 1 file.' : `In ${files} files.`
  return annotations.length > MOST ? `${where} The first ${MOST} are shown on their lines.` : where
}
