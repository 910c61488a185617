import { symlinkSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { MINUTE } from '../../src/domain/time.ts'
import { Reviews, type ReviewsOptions } from '../../src/reconcile/review/reviews.ts'
import { TOKEN } from '../forge/fakes/github.ts'
import { openGitHubWorld, type GitHubWorld } from '../forge/fakes/github-world.ts'
import { LAPTOPS, openWorld, PARIS, type World } from '../reconcile/world.ts'
import { AUTHORITIES, openGitServer } from '../source/git-server.ts'
import { Repository } from '../source/repository.ts'

const BASIC = `Basic ${Buffer.from(`x-access-token:${TOKEN}`).toString('base64')}`

/** A real repository behind git's own server, a forge beside it, and a service that follows its main. */
export type Team = AsyncDisposable & {
  /** Of git's server; the repository is /acme/esim.git there. */
  readonly origin: string
  readonly repository: Repository
  readonly github: GitHubWorld
  readonly world: World
  readonly reviews: Reviews
  /** Pushes a branch with these files below esim/ and opens a pull request, or pushes more to it. */
  propose(
    files: Readonly<Record<string, string>>,
    number?: number,
  ): { readonly number: number; readonly sha: string }
  /** Merges it as the forge does, in the repository too. */
  merge(number: number): string
  /** What a person sees in the pull request. */
  comment(number: number): string
  statuses(commit: string): Readonly<Record<string, string>>
  round(): Promise<void>
  restart(): void
}

export async function openTeam(
  kind: 'app' | 'token' = 'app',
  options: Partial<ReviewsOptions> = {},
): Promise<Team> {
  const stack = new AsyncDisposableStack()
  const repository = stack.use(new Repository())
  mkdirSync(join(repository.root, 'acme'))
  symlinkSync('../remote.git', join(repository.root, 'acme/esim.git'))
  const server = stack.use(await openGitServer(repository.root, BASIC))
  const github = stack.use(await openGitHubWorld(kind))
  onTestFinished(() => stack.disposeAsync())
  const source = stack.use(
    await repository.open({
      repo: `${server.origin}/acme/esim.git`,
      path: 'esim',
      auth: { kind: 'token', token: () => TOKEN },
      ambient: { ...process.env, SSL_CERT_FILE: AUTHORITIES },
    }),
  )
  const world = await openWorld({ source, clock: github.clock, devices: 42 })
  repository.write({ 'esim/acme.yaml': LAPTOPS, 'esim/paris.yaml': PARIS, 'README.md': 'eSIMs\n' })
  repository.push('Begin')
  await world.settle()
  const open = (): Reviews =>
    new Reviews(
      { ...world.parts, forge: github.forge },
      {
        branch: 'main',
        prefix: 'esim/',
        every: 5 * MINUTE,
        forks: false,
        identities: false,
        version: '0.1.0',
        ...options,
      },
    )
  let reviews = open()
  stack.defer(async () => reviews[Symbol.asyncDispose]())
  const { clone } = repository
  const git = (...args: string[]): string => repository.git(clone, ...args)

  /** The forge shows commits of the real repository. */
  function point(number: number, sha: string): void {
    const issue = github.fake.repository.issues[number - 1]
    Object.assign(issue?.pull ?? {}, { head: sha })
    Object.assign(issue ?? {}, { updatedAt: github.clock.now() })
    know(sha)
  }
  function know(sha: string): void {
    const { commits, first } = github.fake.repository
    const tree = commits.get(first)?.tree ?? ''
    commits.set(sha, { sha, tree, parents: [], message: 'real' })
  }

  return {
    origin: server.origin,
    repository,
    github,
    world,
    get reviews() {
      return reviews
    },
    propose(files, known) {
      const number = known ?? github.openPull().number
      git(
        'checkout',
        '-q',
        ...(known === undefined ? ['-b', `change-${number}`, 'main'] : [`change-${number}`]),
      )
      repository.write(
        Object.fromEntries(Object.entries(files).map(([path, text]) => [`esim/${path}`, text])),
      )
      git('add', '-A')
      git('commit', '-q', '-m', 'Change')
      const sha = git('rev-parse', 'HEAD')
      git('push', '-q', '-f', 'origin', `HEAD:refs/pull/${number}/head`)
      git('checkout', '-q', 'main')
      point(number, sha)
      return { number, sha }
    },
    merge(number) {
      git('merge', '-q', '--no-ff', '-m', `Merge #${number}`, `change-${number}`)
      git('push', '-q', 'origin', 'HEAD:main')
      const merged = git('rev-parse', 'HEAD')
      github.mergePull(number)
      const issue = github.fake.repository.issues[number - 1]
      Object.assign(issue?.pull ?? {}, { mergedAs: merged, mergedAt: github.clock.now() })
      know(merged)
      return merged
    },
    comment(number) {
      const [only, ...more] = github.comments(number)
      if (more.length > 0) throw new Error(`${more.length + 1} comments`)
      return only?.body ?? ''
    },
    statuses: (commit) =>
      Object.fromEntries(
        github
          .statuses(commit)
          .map(({ context, state, description }) => [context, `${state}: ${description}`]),
      ),
    async round() {
      await reviews.round(await world.store.inForce())
    },
    restart() {
      reviews = open()
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}
