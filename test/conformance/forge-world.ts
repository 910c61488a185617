import { setTimeout } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import type { Annotation, CommitStatus, Forge, StickyText } from '../../src/domain/forge.ts'
import { SECOND } from '../../src/domain/time.ts'
import type { TestClock } from '../clock.ts'
import type { Fault } from '../drivers/fakes/faults.ts'

/** One comment as the forge has it. `edits`: how often it was written over. */
export type SaidComment = { readonly author: string; readonly body: string; readonly edits: number }

/** One issue as the forge has it; `comments` are those below it, oldest first. */
export type SeenIssue = {
  readonly number: number
  readonly author: string
  readonly title: string
  readonly body: string
  readonly open: boolean
  readonly edits: number
  readonly comments: readonly SaidComment[]
}

/** One pull request as the forge has it. `branch`: the short name of its head. */
export type SeenPull = {
  readonly number: number
  readonly author: string
  readonly title: string
  readonly body: string
  readonly open: boolean
  readonly branch: string
  readonly base: string
}

/** What the files of a branch hold, by path. */
export type Files = Readonly<Record<string, string>>

/** How somebody opens a pull request; all of it has defaults. */
export type PullWish = {
  readonly title?: string
  readonly author?: string
  readonly draft?: boolean
  readonly fork?: boolean
}

/**
 * A forge with one repository behind the port: what a conformance test needs besides the port. Everything but `forge`
 * looks at, or is done to, the forge itself, behind its API. The forge's own times are those of `clock`.
 */
export interface ForgeWorld extends AsyncDisposable {
  readonly forge: Forge
  readonly clock: TestClock
  /** The name under which the forge knows us. */
  readonly us: string
  /** What may never be part of a message: tokens, keys. */
  readonly secrets: readonly string[]
  /** The branch that proposals are made for, and its last commit; it holds `README.md` and `keep/this.yaml`. */
  readonly base: { readonly ref: string; readonly sha: string }
  /** Somebody opens a pull request. */
  openPull(wish?: PullWish): { readonly number: number; readonly sha: string }
  /** Somebody merges it; gives the commit on the base branch. */
  mergePull(number: number): string
  /** Somebody closes it without merging it. */
  closePull(number: number): void
  pulls(): readonly SeenPull[]
  /** Somebody comments on a pull request; as us, too. */
  say(pull: number, author: string, body: string): void
  /** The comments of a pull request, oldest first. */
  comments(pull: number): readonly SaidComment[]
  /** Every status that was ever posted for the commit, oldest first. */
  statuses(commit: string): readonly CommitStatus[]
  /** What a person sees now on the lines of the commit under this name. */
  annotations(commit: string, name: string): readonly Annotation[]
  /** Somebody files an issue; as us, too. */
  fileIssue(author: string, title: string, body: string): number
  /** Somebody opens a closed issue again. */
  reopenIssue(number: number): void
  /** The issues (no pull requests), oldest first. */
  issues(): readonly SeenIssue[]
  /** Somebody commits to a branch: on what it holds, or on the base where there is none. Gives the commit. */
  push(branch: string, files: Files): string
  /** `undefined`: there is no such branch. */
  branch(name: string): { readonly sha: string; readonly files: Files } | undefined
  /** What happens to requests from now on, by method and path; `misbehave` of `drivers/fakes/faults.ts` does it. */
  suffer(fault: (method: string, path: string) => Fault | undefined): void
  /** Method and path of each request that was carried out, oldest first. */
  readonly requests: readonly string[]
  /** Cuts the forge off, or joins it again. */
  reachable(is: boolean): Promise<void>
}

/** The marker of the suite's texts. */
export const MARKER = '<!-- simplane:conform -->'

/** A text of the suite with its marker. */
export function sticky(words: string): StickyText {
  return { marker: MARKER, body: `${words}\n\n${MARKER}` }
}

/** Texts that somebody could choose to do harm with. */
export const HOSTILE = {
  title: 'Ünïcode "quotes" \\ back & <b>bold</b> @acme/all #1 $(id) `code` \u{1F4F1} \u202Etxt',
  body: [
    'Ünïcode \u{1F4F1} \u{1F469}\u200D\u{1F680} e\u0301 \u202Eright to left\u202C \u2028 \uFEFF',
    '<script>alert(1)</script> <!-- simplane:other --> --> <details>',
    '@acme/all #1 !1 [link](javascript:alert(1)) ![image](https://evil.example/pixel.png)',
    '| a | b |\t"quotes" \'single\' \\ back %2e%2e%2f ${x} $(id) {{x}} {owner} &amp;',
    '```` ~~~ ``` `',
  ].join('\n'),
}

/** One finding of each severity. */
export const ANNOTATIONS: readonly [Annotation, ...Annotation[]] = [
  {
    file: 'configurations/acme-laptops.yaml',
    line: 8,
    column: 5,
    severity: 'error',
    title: 'invalid-document',
    message: 'unknown key "serverUrl"',
  },
  { file: 'groups/b.yaml', line: 1, severity: 'warning', title: 'selects-nobody', message: '<b>@all</b>' },
  { file: 'policy.yaml', line: 21, severity: 'info', title: 'outranked', message: '3,200 devices leave' },
]

/** Opens a world. Answers may take 20 seconds of its clock, no longer. */
export type OpenForgeWorld = () => Promise<ForgeWorld>

/** A world for one test, closed when that ends. */
export async function forgeFor(open: OpenForgeWorld): Promise<ForgeWorld> {
  const world = await open()
  onTestFinished(async () => world[Symbol.asyncDispose]())
  return world
}

/** Lets set time run while something waits for it. */
export async function drive<T>({ clock }: Pick<ForgeWorld, 'clock'>, work: Promise<T>): Promise<T> {
  const state = { over: false }
  const over = (): void => void (state.over = true)
  work.then(over, over)
  while (!state.over) {
    await setTimeout(2)
    if (!state.over && clock.sleeping() > 0) await clock.advance(SECOND)
  }
  return await work
}
