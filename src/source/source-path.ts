import { isAbsolute, join, normalize } from 'node:path/posix'
import { SimplaneError } from '../domain/error.ts'

/** A folder inside the repository as git names it, empty for its root. Throws `settings` for one outside. */
export function sourcePath(text: string): string {
  const path = normalize(text === '' ? '.' : text).replace(/\/+$/, '')
  if (path === '.') return ''
  if (isAbsolute(path) || path === '..' || path.startsWith('../') || /\p{Cc}/u.test(path)) {
    const message = `source.path is ${JSON.stringify(text)}, expected a folder inside the repository. The repository is not opened.`
    throw new SimplaneError('settings', message, {
      hint: 'Write it relative to the root of the repository, such as esim.',
    })
  }
  return join(path)
}
