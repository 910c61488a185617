import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Source } from '../../../src/domain/source.ts'
import { openGitSource } from '../../../src/source/git.ts'
import type { Documents } from '../data/documents.ts'

/** A real repository to read documents from. */
export type Repository = {
  readonly folder: string
  /** Writes these documents and commits; gives the commit. */
  commit(documents: Documents): string
  git(...words: readonly string[]): string
  /** The source as the service has it, through a mirror of this name. */
  open(mirror: string): Promise<Source>
}

/** Makes `repository` below a folder, with a first commit. */
export function makeRepository(base: string, documents: Documents): Repository {
  const folder = join(base, 'repository')
  mkdirSync(folder, { recursive: true })
  const git = (...words: readonly string[]): string =>
    execFileSync('git', ['-c', 'gc.auto=0', ...words], {
      cwd: folder,
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...IDENTITY, PATH: process.env['PATH'] ?? '', HOME: base },
    }).trim()
  const written = new Map<string, string>()
  git('init', '-q', '-b', 'main')

  function commit(next: Documents): string {
    for (const [path, text] of Object.entries(next)) {
      if (written.get(path) === text) continue
      written.set(path, text)
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
    git('add', '-A')
    git('commit', '-q', '--allow-empty', '-m', 'What the team wants')
    return git('rev-parse', 'HEAD')
  }

  commit(documents)
  // As a server keeps what was pushed a while ago.
  git('repack', '-a', '-d', '-q')
  return {
    folder,
    commit,
    git,
    open: (mirror) => openGitSource({ repo: folder, mirror: join(base, mirror), ambient: process.env }),
  }
}

const IDENTITY = {
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@acme.example',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@acme.example',
}
