import type { Annotation, CommitStatus, Forge } from '../domain/forge.ts'

/** What a report needs of a forge. */
type Desk = Pick<Forge, 'capabilities' | 'annotate' | 'status' | 'commentOf' | 'comment'>

/** What was told to a forge, or would be. */
export type Post = {
  readonly desk: Desk
  readonly statuses: readonly CommitStatus[]
  readonly annotations: readonly Annotation[]
  /** Absent: none was needed. */
  readonly comment: () => { readonly body: string; readonly url?: string } | undefined
}

/** Tells a forge, and remembers what. `isDry`: it is read, and nothing is written. */
export function openPost(forge: Desk, isDry: boolean): Post {
  const statuses: CommitStatus[] = []
  const annotations: Annotation[] = []
  let comment: { readonly body: string; readonly url?: string } | undefined
  return {
    desk: {
      capabilities: forge.capabilities,
      commentOf: (pull, marker) => forge.commentOf(pull, marker),
      async annotate(commit, name, shown) {
        annotations.push(...shown)
        if (!isDry) await forge.annotate(commit, name, shown)
      },
      async status(commit, status) {
        statuses.push(status)
        if (!isDry) await forge.status(commit, status)
      },
      async comment(pull, text) {
        comment = { body: text.body }
        if (isDry) return { url: '' }
        const { url } = await forge.comment(pull, text)
        comment = { body: text.body, url }
        return { url }
      },
    },
    statuses,
    annotations,
    comment: () => comment,
  }
}
