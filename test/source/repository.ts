import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { openGitSource } from '../../src/source/git.ts'
import type { GitOptions } from '../../src/source/git.ts'
import type { Source, SourceTree } from '../../src/domain/source.ts'

/** A bare remote in a folder of its own, and a clone that pushes to it. */
export class Repository implements Disposable {
  readonly root = mkdtempSync(join(tmpdir(), 'simplane-source-'))
  readonly remote = join(this.root, 'remote.git')
  readonly clone = join(this.root, 'clone')
  readonly mirror = join(this.root, 'mirror')

  constructor() {
    this.git(this.root, 'init', '-q', '--bare', '-b', 'main', this.remote)
    this.git(this.root, 'init', '-q', '-b', 'main', this.clone)
    this.git(this.clone, 'remote', 'add', 'origin', this.remote)
  }

  git(folder: string, ...args: string[]): string {
    return this.gitBytes(folder, undefined, ...args)
      .toString()
      .trim()
  }

  gitBytes(folder: string, input: string | Uint8Array | undefined, ...args: string[]): Buffer {
    return execFileSync('git', args, {
      cwd: folder,
      input: input ?? '',
      stdio: ['pipe', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: this.root,
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_CONFIG_GLOBAL: '/dev/null',
        GIT_AUTHOR_NAME: 'Ada',
        GIT_AUTHOR_EMAIL: 'ada@acme.example',
        GIT_COMMITTER_NAME: 'Ada',
        GIT_COMMITTER_EMAIL: 'ada@acme.example',
        GIT_COMMITTER_DATE: '2026-11-23T08:00:00Z',
        GIT_AUTHOR_DATE: '2026-11-23T08:00:00Z',
      },
    })
  }

  write(files: Readonly<Record<string, string | Uint8Array>>): void {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(this.clone, path)), { recursive: true })
      writeFileSync(join(this.clone, path), content)
    }
  }

  /** Commits what is in the clone and pushes it; gives the commit. */
  push(subject = 'change', ...options: string[]): string {
    this.git(this.clone, 'add', '-A')
    this.git(this.clone, 'commit', '-q', '--allow-empty', '-m', subject)
    this.git(this.clone, 'push', '-q', ...options, 'origin', 'HEAD:main')
    return this.git(this.clone, 'rev-parse', 'HEAD')
  }

  open(options: Partial<GitOptions> = {}): Promise<Source> {
    return openGitSource({ repo: this.remote, mirror: this.mirror, ...options })
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true })
  }
}

/** The files of a tree as text, by path. */
export function contents(tree: SourceTree): Readonly<Record<string, string>> {
  return Object.fromEntries(tree.files.map(({ path, bytes }) => [path, new TextDecoder().decode(bytes)]))
}
