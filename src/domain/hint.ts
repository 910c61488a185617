/** Who sends webhooks: a forge, or a script of one's own. */
export type WebhookKind = 'github' | 'gitlab' | 'gitea' | 'generic'

/**
 * What a webhook may say: where it is worth looking now. It carries no instruction, and whatever it names is asked of
 * the repository or the forge; one that is lost costs only the time until the next look.
 */
export type Hint =
  /** The whole name of a branch or tag: `refs/heads/main`. */
  { readonly kind: 'push'; readonly ref: string } | { readonly kind: 'pull-request'; readonly number: number }

/** The longest name of a ref that is listened to. */
const LONGEST_REF = 250
/** Forges count pull requests with 32 bits. */
const LAST_NUMBER = 2 ** 31 - 1

/** The hint of a push; `undefined`: that is no whole name of a branch or tag (git-check-ref-format). */
export function pushHint(ref: unknown): Hint | undefined {
  if (typeof ref !== 'string' || ref.length > LONGEST_REF) return undefined
  if (!/^refs\/(?:heads|tags)\/[^/.]/.test(ref) || ref.endsWith('/')) return undefined
  if (/[\p{Cc}\s~^:?*[\\]|\.\.|@\{|\/\//u.test(ref)) return undefined
  return { kind: 'push', ref }
}

/** The hint of a pull request; `undefined`: that is no number of one. */
export function pullRequestHint(number: unknown): Hint | undefined {
  if (typeof number !== 'number' || !Number.isInteger(number)) return undefined
  return number < 1 || number > LAST_NUMBER ? undefined : { kind: 'pull-request', number }
}

/**
 * Does a push on a ref, by its whole name, concern who follows `followed`: a branch, a tag, a whole name, or `HEAD`,
 * which may be any branch?
 */
export function isFollowed(ref: string, followed: string): boolean {
  if (followed === 'HEAD') return ref.startsWith('refs/heads/')
  return [followed, `refs/heads/${followed}`, `refs/tags/${followed}`].includes(ref)
}
