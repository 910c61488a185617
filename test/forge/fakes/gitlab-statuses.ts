import type { CommitStatus } from '../../../src/domain/forge.ts'
import type { Said } from './gitlab-gitea-server.ts'

type Row = {
  readonly id: number
  readonly sha: string
  readonly name: string
  readonly author: string
  status: string
  description: string | null
  target_url: string | null
}
type Posted = {
  readonly state: string
  readonly name?: string
  readonly description?: string
  readonly target_url?: string
}

/** Which states each event may come from (app/services/ci/create_commit_status_service.rb, its state machine). */
const EVENTS: Readonly<Record<string, { readonly event: string; readonly from: readonly string[] }>> = {
  pending: { event: 'enqueue', from: ['created'] },
  running: { event: 'run', from: ['created', 'pending'] },
  success: { event: 'success', from: ['created', 'pending', 'running'] },
  failed: { event: 'drop', from: ['created', 'pending', 'running'] },
}
const SAID = { pending: 'pending', success: 'success', failed: 'failure' } as const

/** The statuses of commits as GitLab keeps them: one that is not over is changed, one that is over gets a successor. */
export function makeStatuses(nextId: () => number) {
  const rows: Row[] = []
  const history: { readonly sha: string; readonly status: CommitStatus }[] = []

  return {
    rows,
    historyOf: (commit: string) => history.filter(({ sha }) => sha === commit).map(({ status }) => status),

    /** The latest of each name and author: the others were retried. */
    latest(commit: string, name: string | null): readonly Row[] {
      const last = new Map<string, Row>()
      for (const row of rows)
        if (row.sha === commit && (name === null || row.name === name))
          last.set(`${row.author} ${row.name}`, row)
      return [...last.values()]
    },

    post(sha: string, author: string, { state, name = 'default', description, target_url }: Posted): Said {
      const going = rows.find(
        (row) =>
          row.sha === sha &&
          row.name === name &&
          row.author === author &&
          ['created', 'pending', 'running'].includes(row.status),
      )
      const from = going?.status ?? 'created'
      const { event, from: allowed } = EVENTS[state] ?? { event: state, from: [] }
      if (!allowed.includes(from))
        return {
          status: 400,
          body: {
            message: `Cannot transition status via :${event} from :${from} (Reason(s): Status cannot transition via "${event}")`,
          },
        }
      const row: Row = going ?? {
        id: nextId(),
        sha,
        name,
        author,
        status: '',
        description: null,
        target_url: null,
      }
      if (going === undefined) rows.push(row)
      Object.assign(row, {
        status: state,
        ...(description === undefined ? {} : { description }),
        ...(target_url === undefined ? {} : { target_url }),
      })
      history.push({
        sha,
        status: {
          context: name,
          state: SAID[state as keyof typeof SAID],
          description: description ?? '',
          ...(target_url === undefined ? {} : { url: target_url }),
        },
      })
      return { status: 201, body: row }
    },
  }
}
