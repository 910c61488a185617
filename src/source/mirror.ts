import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { simpleGit } from 'simple-git'
import type { SimpleGit } from 'simple-git'
import { SimplaneError } from '../domain/error.ts'
import type { Revision } from '../domain/source.ts'
import { SECOND } from '../domain/time.ts'
import type { Duration } from '../domain/time.ts'
import type { RepoAddress } from './address.ts'
import { GIT_CONFIG, authArguments, gitEnvironment, secretsOf } from './git-environment.ts'
import type { GitAuth } from './git-environment.ts'
import { runGit } from './git-process.ts'
import type { GitFolder } from './git-process.ts'
import { gitTrouble } from './git-trouble.ts'
import { isCommitId } from './refs.ts'

/** A bare mirror of one repository, and how its git processes are run. */
export type Mirror = {
  readonly folder: string
  readonly address: RepoAddress
  readonly auth?: GitAuth
  readonly ambient: Readonly<Record<string, string | undefined>>
  /** For one git command. */
  readonly timeout: Duration
  /** Aborts whatever runs. */
  readonly closing: AbortSignal
}

export type RemoteRef = { readonly name: string; readonly id: string }

/** Lies in every mirror of ours: a folder without it is never deleted. */
const MARKER = 'simplane-mirror'

/** All that a mirror says about itself. Written again when it reads otherwise: a line in there can make git run programs. */
const MIRROR_CONFIG = '[core]\n\trepositoryformatversion = 0\n\tbare = true\n'

/** More packs than this are made one. */
const PACKS = 50
/** Loose objects lie in 256 folders: while so many of them are not there, they are some hundreds. */
const FOLDERS = 200

/** Throws `settings` when the folder holds something that is no mirror of ours. */
export async function checkFolder(folder: string): Promise<void> {
  const names = await namesIn(folder)
  if (names.length === 0 || names.includes(MARKER)) return
  const message = `The folder ${folder} is to hold the git mirror, and it holds other things. Nothing in it is touched.`
  throw new SimplaneError('settings', message, {
    hint: 'Name an empty folder, or one that does not exist yet.',
  })
}

/** Makes the mirror if there is none. */
export async function ensureMirror(mirror: Mirror): Promise<void> {
  const names = await namesIn(mirror.folder)
  if (names.includes(MARKER) && names.includes('HEAD')) {
    const config = join(mirror.folder, 'config')
    if ((await readFile(config, 'utf8').catch(() => '')) !== MIRROR_CONFIG)
      await writeFile(config, MIRROR_CONFIG)
    return
  }
  await checkFolder(mirror.folder)
  await initialise(mirror)
}

/** What the remote has under these names now, in their order. */
export async function lookUp(mirror: Mirror, names: readonly string[]): Promise<RemoteRef | undefined> {
  const output = await remote(mirror, ['ls-remote', '--', mirror.address.url, ...names])
  const found = new Map<string, string>()
  for (const line of output.split('\n')) {
    const [id, name] = line.split('\t')
    // A pattern also matches the tail of longer names.
    if (id !== undefined && name !== undefined && isCommitId(id)) found.set(name.trim(), id)
  }
  for (const name of names) {
    const id = found.get(name)
    if (id !== undefined) return { name, id }
  }
  return undefined
}

/** The branch that HEAD of the remote names, for a hint. */
export async function defaultBranch(mirror: Mirror): Promise<string | undefined> {
  const output = await remote(mirror, ['ls-remote', '--symref', '--', mirror.address.url, 'HEAD'])
  return /^ref: refs\/heads\/(\S+)\tHEAD$/m.exec(output)?.[1]
}

/** Fetches a ref of the remote with all its history into a ref of ours. */
export async function fetchRef(mirror: Mirror, name: string, target: string): Promise<void> {
  await remote(mirror, fetching(mirror, name, target))
}

/** As `fetchRef`; false when it fails, unless no time is left for another way. */
export async function tryFetch(mirror: Mirror, name: string, target: string): Promise<boolean> {
  const answer = await ask(mirror, fetching(mirror, name, target))
  if ('output' in answer) return true
  if (answer.inTime) return false
  throw answer.trouble
}

function fetching(mirror: Mirror, name: string, target: string): readonly string[] {
  const options = ['--quiet', '--no-tags', '--no-recurse-submodules', '--no-write-fetch-head']
  return ['fetch', ...options, '--', mirror.address.url, `+${name}:${target}`]
}

/** The commit behind an id or a ref of ours; `undefined` when it is not here, or not readable. */
export async function revisionOf(mirror: Mirror, id: string): Promise<Revision | undefined> {
  const output = await local(mirror, ['log', '-1', '--format=%H%x00%an%x00%ct%x00%s', `${id}^{commit}`, '--'])
  const [commit, author, committedAt, subject] = output?.trimEnd().split('\0') ?? []
  if (commit === undefined || !isCommitId(commit)) return undefined
  return {
    id: commit,
    ...(subject === undefined ? {} : { subject }),
    ...(author === undefined ? {} : { author }),
    ...(committedAt === undefined ? {} : { committedAt: Number(committedAt) * 1_000 }),
  }
}

/** Whether `ancestor` is in the history of `id`. One that is not in the mirror is not. */
export async function isAncestor(mirror: Mirror, ancestor: string, id: string): Promise<boolean> {
  return (await local(mirror, ['merge-base', '--is-ancestor', ancestor, id])) !== undefined
}

/** What a path is in a commit, `missing` where it is not; `undefined` for a damaged mirror. */
export async function typeAt(mirror: Mirror, commit: string, path: string): Promise<string | undefined> {
  if (path === '') return 'tree'
  const output = await local(mirror, ['ls-tree', '--full-tree', commit, '--', path])
  if (output === undefined) return undefined
  const match = /^(\d{6}) (\w+) [0-9a-f]+\t/.exec(output)
  if (match === null) return 'missing'
  return match[1] === '120000' ? 'symbolic link' : match[2]
}

/** Points a ref of ours at an object that is here already. */
export async function pointAt(mirror: Mirror, target: string, id: string): Promise<void> {
  await local(mirror, ['update-ref', target, id])
}

/**
 * Replaces a damaged mirror by a fresh one, which is fetched beside it: when that fails, the old one is still there.
 */
export async function rebuild(mirror: Mirror, name: string, target: string): Promise<void> {
  await checkFolder(mirror.folder)
  const fresh = { ...mirror, folder: `${mirror.folder}.new-${process.pid}` }
  try {
    await rm(fresh.folder, { recursive: true, force: true })
    await initialise(fresh)
    await fetchRef(fresh, name, target)
    await rm(mirror.folder, { recursive: true, force: true })
    await rename(fresh.folder, mirror.folder)
  } finally {
    await rm(fresh.folder, { recursive: true, force: true })
  }
}

/**
 * Packs what many small fetches left behind; loose objects are eight times slower to read. False where nothing was to
 * be done.
 */
export async function tidy(mirror: Mirror): Promise<boolean> {
  if (await isOrderly(mirror)) return false
  const output = (await local(mirror, ['count-objects', '-v'])) ?? ''
  const count = (key: string) => Number(new RegExp(`^${key}: (\\d+)$`, 'm').exec(output)?.[1] ?? 0)
  // Killed fetches leave temporary packs, which nobody else would ever remove.
  const hasGarbage = count('garbage') > 0
  if (hasGarbage) await local(mirror, ['prune', '--expire=1.day.ago'])
  const isScattered =
    (count('count') > 0 && count('packs') === 0) || count('count') > 2_000 || count('packs') > PACKS
  if (isScattered) await local(mirror, ['repack', '-a', '-d', '-q'])
  return hasGarbage || isScattered
}

/** Whether a look at two folders says that nothing needs to be counted: few loose objects, few packs, and all whole. */
async function isOrderly({ folder }: Mirror): Promise<boolean> {
  const objects = join(folder, 'objects')
  const none: readonly string[] = []
  const [folders = none, packs = none] = await Promise.all(
    [objects, join(objects, 'pack')].map((path) => readdir(path).catch(() => none)),
  )
  const packed = packs.filter((name) => name.endsWith('.pack'))
  const isWhole =
    packs.filter((name) => name.endsWith('.idx')).length === packed.length &&
    packs.every((name) => /^pack-[0-9a-f]+\.(?:pack|idx|rev|bitmap)$/.test(name))
  return isWhole && folders.length < FOLDERS && packed.length > 0 && packed.length <= PACKS
}

/** For reading its objects. */
export function gitFolder(mirror: Mirror): GitFolder {
  const { folder } = mirror
  return { folder, environment: environmentOf(mirror), signal: deadline(mirror) }
}

/** As `gitFolder`, for a process that stays until the mirror is closed. What stays on this machine needs no token. */
export function lastingFolder({ folder, address, ambient, closing }: Mirror): GitFolder {
  return { folder, environment: gitEnvironment(address, folder, undefined, ambient), signal: closing }
}

async function initialise(mirror: Mirror): Promise<void> {
  await mkdir(mirror.folder, { recursive: true })
  await writeFile(join(mirror.folder, MARKER), `${mirror.address.name}\n`)
  await rm(join(mirror.folder, 'config'), { force: true })
  await remote(mirror, ['init', '--quiet', '--bare', '--template=', '--initial-branch=none'])
  await writeFile(join(mirror.folder, 'config'), MIRROR_CONFIG)
}

/** A command whose failure is trouble with the remote, or with the machine: throws `source-unreachable`. */
async function remote(mirror: Mirror, args: readonly string[]): Promise<string> {
  const answer = await ask(mirror, args)
  if ('output' in answer) return answer.output
  throw answer.trouble
}

type Answer = { readonly output: string } | { readonly trouble: SimplaneError; readonly inTime: boolean }

async function ask(mirror: Mirror, args: readonly string[]): Promise<Answer> {
  const git = gitFolder(mirror)
  try {
    return { output: await runGit(git, [...authArguments(mirror.address, mirror.auth), ...args]) }
  } catch (error) {
    const reason = reasonOf(mirror, git, error)
    const trouble = gitTrouble(`Reading ${mirror.address.name}`, reason, secretsOf(mirror.auth))
    return { trouble, inTime: !git.signal.aborted }
  }
}

function reasonOf(mirror: Mirror, git: GitFolder, error: unknown): unknown {
  if (mirror.closing.aborted) return new Error('it was stopped')
  return git.signal.aborted ? new Error(`no answer within ${mirror.timeout / SECOND} s (timeout)`) : error
}

/** A command on the mirror alone; `undefined` when it fails. */
async function local(mirror: Mirror, args: readonly string[]): Promise<string | undefined> {
  try {
    return await client(mirror).raw([...args])
  } catch (error) {
    if (mirror.closing.aborted) throw gitTrouble('Reading the git mirror', error, [])
    return undefined
  }
}

/**
 * simple-git keeps a list of what it takes for dangerous; allowed here is what makes git safer than it is by itself,
 * and every value is ours.
 */
function client(mirror: Mirror): SimpleGit {
  // What stays on this machine needs no token.
  const environment = gitEnvironment(mirror.address, mirror.folder, undefined, mirror.ambient)
  return simpleGit({
    baseDir: mirror.folder,
    config: [...GIT_CONFIG],
    abort: deadline(mirror),
    allowEnvironment: Object.keys(environment),
    unsafe: {
      allowUnsafeHooksPath: true,
      allowUnsafeFsMonitor: true,
      allowUnsafeConfigPaths: true,
      allowUnsafeSshCommand: true,
    },
    // By itself it takes a failure without a word on stderr for success, and a killed process too.
    errors(error, result) {
      if (error !== undefined || result.exitCode === 0) return error
      return Buffer.concat(result.stdErr)
    },
  }).env(environment)
}

function environmentOf(mirror: Mirror) {
  return gitEnvironment(mirror.address, mirror.folder, mirror.auth, mirror.ambient)
}

function deadline(mirror: Mirror): AbortSignal {
  return AbortSignal.any([mirror.closing, AbortSignal.timeout(mirror.timeout)])
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    const message = `The folder ${folder} of the git mirror cannot be read: ${(error as Error).message}.`
    throw new SimplaneError('settings', message, { cause: error })
  }
}
