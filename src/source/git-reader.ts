import type { Duration } from '../domain/time.ts'
import { openGit } from './git-process.ts'
import type { GitFolder, OpenGit } from './git-process.ts'

/** An object as git names it; `bytes` where its contents were asked for. */
export type GitObject = {
  readonly id: string
  readonly type: string
  readonly size: number
  readonly bytes?: Uint8Array
}

/** What of an object is asked for, and by which name: an id, or whatever else git resolves to one. */
export type Question = { readonly of: string; readonly what: 'contents' | 'info' }

type Asked = {
  readonly questions: readonly Question[]
  readonly limit: number
  readonly answers: (GitObject | undefined)[]
  readonly settle: (answered: boolean) => void
}

const NEWLINE = 0x0a

/**
 * One `git cat-file` that answers until it is ended: starting a process costs more than most answers. It is started
 * when something is asked, and again when it has died. It keeps neither this process alive nor itself when that is gone.
 */
export class GitReader implements AsyncDisposable {
  readonly #git: GitFolder
  readonly #timeout: Duration
  #process: OpenGit | undefined
  #asked: Asked | undefined
  #pending: Buffer[] = []
  #length = 0
  /** Before so many bytes are there, looking at them is in vain. */
  #needed = 1

  /** `timeout`: for all that is asked at once. */
  constructor(git: GitFolder, timeout: Duration) {
    this.#git = git
    this.#timeout = timeout
  }

  /**
   * The objects in the order of the questions, `undefined` for one that is not here; `undefined` for all when git
   * cannot say, or when their contents are more than `limit` bytes. One call after the other.
   */
  async ask(
    questions: readonly Question[],
    limit = Infinity,
  ): Promise<readonly (GitObject | undefined)[] | undefined> {
    if (questions.length === 0) return []
    const running = (this.#process ??= this.#start())
    const answers: (GitObject | undefined)[] = []
    const { promise, resolve } = Promise.withResolvers<boolean>()
    this.#asked = { questions, limit, answers, settle: resolve }
    const timer = setTimeout(resolve, this.#timeout, false)
    running.stdin.write(`${questions.map(({ of, what }) => `${what} ${of}\n`).join('')}flush\n`)
    const answered = await promise
    clearTimeout(timer)
    this.#asked = undefined
    // Whatever it still says answers nothing that will be asked.
    if (!answered) await this[Symbol.asyncDispose]()
    return answered ? answers : undefined
  }

  /** Ends the process, which holds on to files that may be gone by now; the next question starts another. */
  async [Symbol.asyncDispose](): Promise<void> {
    const running = this.#process
    this.#process = undefined
    running?.stop()
    await running?.finished
  }

  #start(): OpenGit {
    this.#forget()
    const running = openGit(this.#git, ['cat-file', '--batch-command', '--buffer'])
    running.unref()
    running.stderr.resume()
    running.stdout.on('data', (chunk: Buffer) => {
      if (this.#process === running) this.#take(chunk)
    })
    running.stdout.on('error', () => undefined)
    void running.finished.then(() => {
      if (this.#process !== running) return
      this.#process = undefined
      this.#asked?.settle(false)
    })
    return running
  }

  #forget(): void {
    this.#pending = []
    this.#length = 0
    this.#needed = 1
  }

  #take(chunk: Buffer): void {
    this.#pending.push(chunk)
    this.#length += chunk.length
    const asked = this.#asked
    if (asked === undefined || this.#length < this.#needed) return
    const data = this.#pending.length === 1 ? chunk : Buffer.concat(this.#pending)
    const read = readAnswers(data, asked)
    if (read === undefined) return asked.settle(false)
    const rest = data.subarray(read.end)
    this.#pending = rest.length === 0 ? [] : [rest]
    this.#length = rest.length
    this.#needed = read.needed
    if (asked.answers.length === asked.questions.length) asked.settle(rest.length === 0)
  }
}

/** Reads whole answers as far as there are any; `undefined` for what is none. */
function readAnswers(
  data: Buffer,
  { questions, answers, limit }: Asked,
): { readonly end: number; readonly needed: number } | undefined {
  let total = answers.reduce((sum, answer) => sum + (answer?.bytes?.length ?? 0), 0)
  let end = 0
  while (end < data.length) {
    const question = questions[answers.length]
    if (question === undefined) return undefined
    const line = data.indexOf(NEWLINE, end)
    if (line === -1) return { end, needed: data.length - end + 1 }
    const said = data.toString('utf8', end, line)
    const match = /^([0-9a-f]+) (\w+) (\d+)$/.exec(said)
    if (match === null) {
      if (said !== `${question.of} missing`) return undefined
      answers.push(undefined)
      end = line + 1
      continue
    }
    const [, id = '', type = ''] = match
    const size = Number(match[3])
    if (question.what === 'info') {
      answers.push({ id, type, size })
      end = line + 1
      continue
    }
    total += size
    if (total > limit) return undefined
    const after = line + 1 + size + 1
    if (after > data.length) return { end, needed: after - end }
    // A copy: a view would keep the whole chunk in memory for as long as one small file lives.
    answers.push({ id, type, size, bytes: Uint8Array.from(data.subarray(line + 1, after - 1)) })
    end = after
  }
  return { end, needed: 1 }
}
