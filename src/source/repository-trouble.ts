import { SimplaneError } from '../domain/error.ts'
import type { Finding } from '../domain/finding.ts'
import type { Revision } from '../domain/source.ts'

/** `what` the path is instead of a folder. */
export function noSuchPath(name: string, path: string, revision: Revision, what: string): SimplaneError {
  const found =
    what === 'missing' ? 'does not exist' : `is a ${what === 'blob' ? 'file' : what} and no folder`
  const message = `The folder ${path} ${found} in commit ${revision.id.slice(0, 12)} of ${name}. The desired state that is in force stays.`
  return new SimplaneError('source-unreachable', message, {
    hint: 'Check source.path. To want nothing, keep the folder and empty it.',
  })
}

/** `branch`: the default one; absent where there is no commit. */
export function noSuchRef(name: string, ref: string, branch: string | undefined): SimplaneError {
  const hint = branch === undefined ? 'The repository has no commit yet.' : `Its default branch is ${branch}.`
  const message = `${name} has no branch or tag ${ref}. The desired state that is in force stays.`
  return new SimplaneError('source-unreachable', message, { hint })
}

/** git could not say what merging `ref` comes to. */
export function unmergeable(name: string, ref: string, onto: string): SimplaneError {
  const message = `${ref} of ${name} could not be merged onto ${onto}: git did not say what it comes to.`
  return new SimplaneError('source-unreachable', message, { hint: 'Merging needs git 2.38 or newer.' })
}

/** The repository does not have the revision, or not any more. */
export function unreadable(name: string, ref: string, revision: string): SimplaneError {
  const message = `The revision ${revision} is not to be had from ${name}, branch or tag ${ref}.`
  return new SimplaneError('source-unreachable', message, {
    hint: 'Was it pushed, or has its branch been rewritten since?',
  })
}

/** Of a folder whose listing alone is out of all proportion. */
export function tooLarge(path: string): Finding {
  return {
    code: 'invalid-document',
    severity: 'error',
    reason: 'too-large',
    message: 'the source holds so many files that not even their names are read; nothing of it is read',
    place: { file: path === '' ? '.' : path, line: 1, column: 1 },
    hint: 'point source.path at the folder of the desired state, and keep other things out of it',
  }
}
