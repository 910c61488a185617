import {
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { dirname } from 'node:path'

/** What SQLite keeps beside a database; each belongs to exactly the file it was made for. */
const BESIDE = ['-wal', '-shm', '-journal']

/** Waits until a file's content is on the disk and not only promised; of a folder, its names. */
export function syncToDisk(path: string): void {
  const file = openSync(path, 'r')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** Gives a finished file its final name, for good. Throws `EEXIST` when the name is taken: nothing is overwritten. */
export function nameFinished(temporary: string, file: string): void {
  secondName(temporary, file)
  rmSync(temporary)
  syncToDisk(dirname(file))
}

/** Puts a finished file in another's place, for good: at any moment the name means either the one or the other. */
export function replaceBy(temporary: string, file: string): void {
  renameSync(temporary, file)
  syncToDisk(dirname(file))
}

/** Lets a file be found under another name too. Throws `EEXIST` when that is taken. */
export function secondName(path: string, name: string): void {
  try {
    linkSync(path, name)
  } catch (error) {
    if (!isLinkless(error)) throw error
    copyFileSync(path, name, constants.COPYFILE_EXCL)
    syncToDisk(name)
  }
}

/** Removes a database that nobody uses, with what SQLite keeps beside it. */
export function removeDatabase(path: string): void {
  for (const end of ['', ...BESIDE]) rmSync(`${path}${end}`, { force: true })
}

/** Moves what lies beside a database under the name of another: read with the wrong file it would destroy that. */
export function moveBeside(path: string, name: string): void {
  for (const end of BESIDE) if (existsSync(`${path}${end}`)) renameSync(`${path}${end}`, `${name}${end}`)
}

/** Some file systems know one name a file. */
function isLinkless(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    ['EPERM', 'ENOTSUP', 'ENOSYS', 'EMLINK'].includes(String(error.code))
  )
}
