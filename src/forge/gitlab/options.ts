import type { Clock, Duration } from '../../domain/time.ts'

/** Where a project of a GitLab is, and with what it is spoken to. */
export type GitLabOptions = {
  /** For people: `gitlab acme/esim`. */
  readonly name: string
  /** Its path, as `group/sub/name`, or its number. */
  readonly project: string | number
  /** Default: `https://gitlab.com/api/v4`. */
  readonly api?: string
  /** Of a person, a group or a project, with the scope `api`; asked at each call. */
  readonly token: () => string
  readonly clock: Clock
  readonly ca?: string
  /** Most requests a second; default 10. */
  readonly perSecond?: number
  readonly answerWithin?: Duration
  readonly random?: () => number
}
