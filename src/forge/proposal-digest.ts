import { createHash } from 'node:crypto'
import type { Proposal } from '../domain/forge.ts'
import { commitMessage } from './proposing.ts'

/**
 * The message of the commit of a proposal, with a digest of what it holds: for forges that do not tell what a tree is
 * before it is committed.
 */
export function digestedMessage(proposal: Proposal): string {
  const [subject = '', trailers = ''] = commitMessage(proposal).split('\n\n', 2)
  return `${subject}\n\n${digestLine(proposal)}\n${trailers}`
}

/** Is this the message of a commit that holds just what is proposed, on the same commit? */
export function isSameProposal(message: string, proposal: Proposal): boolean {
  return message.split('\n').includes(digestLine(proposal))
}

function digestLine({ from, files }: Proposal): string {
  const content = files.map(({ path, content: text }) => [path, text ?? null])
  return `Proposal-digest: sha256:${createHash('sha256')
    .update(JSON.stringify([from, content]))
    .digest('hex')}`
}
