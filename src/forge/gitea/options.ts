import { SimplaneError } from '../../domain/error.ts'
import type { Clock } from '../../domain/time.ts'
import type { ExchangeOptions } from '../../exchange/exchange.ts'

/** How a repository on a Gitea, or on a Forgejo, is reached. */
export type GiteaOptions = {
  readonly name: string
  /** `owner/name`. */
  readonly repository: string
  /** `https://HOST/api/v1`. */
  readonly api: string
  /** With the scopes write:repository, write:issue and read:user; asked at each request. */
  readonly token: () => string
  readonly clock: Clock
} & Pick<ExchangeOptions, 'ca' | 'perSecond' | 'connectWithin' | 'answerWithin' | 'random'>

/** Where the repository is, as the API's paths want it. Throws `settings` for what is no `owner/name`. */
export function readRepository(name: string, text: string): string {
  const [, owner, repo] = /^([\w.-]+)\/([\w.-]+)$/.exec(text) ?? []
  if (owner === undefined || repo === undefined || /^\.+$/.test(owner) || /^\.+$/.test(repo))
    throw new SimplaneError('settings', `The repository of forge ${name} is no "owner/name".`, {
      hint: 'Write it like acme/esim.',
    })
  return `/repos/${owner}/${repo}`
}
