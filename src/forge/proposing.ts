import type { Proposal } from '../domain/forge.ts'

/** The last line of every commit that we propose (git-interpret-trailers(1)). */
const TRAILER = 'Proposed-by: simplane'

/** The message of the commit of a proposal. */
export function commitMessage({ title }: Proposal): string {
  return `${title.replaceAll(/\s+/g, ' ').trim()}\n\n${TRAILER}\n`
}

/** Is this the message of a commit that we proposed? Only a branch that ends with such a one is ever moved. */
export function isProposed(message: string): boolean {
  return message.trimEnd().split('\n').at(-1)?.trim() === TRAILER
}
