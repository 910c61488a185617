import { SimplaneError } from '../../domain/error.ts'
import type { Clock } from '../../domain/time.ts'
import type { ExchangeOptions } from '../../exchange/exchange.ts'

/** A personal or a workflow's token, or a GitHub App that is installed for the repository. */
export type GitHubAuth =
  /** Asked at each request. */
  | { readonly kind: 'token'; readonly token: () => string }
  | {
      readonly kind: 'app'
      /** The app's id, or its client id. */
      readonly appId: string | number
      /** PEM, as GitHub gives it; asked once. */
      readonly privateKey: () => string
      readonly installation: number
    }

/** How a repository on GitHub, or on a GitHub Enterprise Server, is reached. */
export type GitHubOptions = {
  readonly name: string
  /** `owner/name`. */
  readonly repository: string
  /** Default `https://api.github.com`; a GitHub Enterprise Server's is `https://HOST/api/v3`. */
  readonly api?: string
  readonly auth: GitHubAuth
  readonly clock: Clock
} & Pick<ExchangeOptions, 'ca' | 'perSecond' | 'connectWithin' | 'answerWithin' | 'random'>

/** Where the repository is, as the API's paths want it. Throws `settings` for what is no `owner/name`. */
export function readRepository(
  name: string,
  text: string,
): { readonly owner: string; readonly repo: string } {
  const [, owner, repo] = /^([\w.-]+)\/([\w.-]+)$/.exec(text) ?? []
  if (owner === undefined || repo === undefined || /^\.+$/.test(repo))
    throw new SimplaneError('settings', `The repository of forge ${name} is no "owner/name".`, {
      hint: 'Write it like acme/esim.',
    })
  return { owner, repo }
}
