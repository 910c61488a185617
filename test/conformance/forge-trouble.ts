import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { SimplaneError } from '../../src/domain/error.ts'
import type { Forge } from '../../src/domain/forge.ts'
import { HOUR } from '../../src/domain/time.ts'
import { FAULTS, type Fault } from '../drivers/fakes/faults.ts'
import { proposalFor } from './forge-proposals.ts'
import { drive, forgeFor, MARKER, sticky, type ForgeWorld, type OpenForgeWorld } from './forge-world.ts'

/** What is done when its answer gets lost. */
const AFTER: readonly Fault[] = ['refused-after', 'cut-after', 'malformed', 'half', 'slow']

type Story = {
  /** Done before there is any trouble. */
  readonly before?: (forge: Forge) => Promise<unknown>
  readonly act: (forge: Forge, world: ForgeWorld) => Promise<unknown>
  /** What must be there, once, when it was told to the end. */
  readonly seen: (world: ForgeWorld) => unknown
  readonly expected: unknown
}

const STATUS = { context: 'simplane/plan', state: 'success', description: '3 installs' } as const

/** Each thing that is written, on the first pull request. */
const STORIES: Readonly<Record<string, Story>> = {
  comment: {
    act: (forge) => forge.comment(1, sticky('one')),
    seen: (world) => world.comments(1).map(({ body }) => body),
    expected: [sticky('one').body],
  },
  issue: {
    act: (forge) => forge.issue({ ...sticky('one'), title: 'Drift' }),
    seen: (world) => world.issues().map(({ body }) => body),
    expected: [sticky('one').body],
  },
  'closed issue': {
    before: (forge) => forge.issue({ ...sticky('one'), title: 'Drift' }),
    act: (forge) => forge.closeIssue(MARKER, 'Gone.'),
    seen: (world) =>
      world.issues().flatMap(({ comments, open }) => (open ? [] : [comments.map(({ body }) => body)])),
    expected: [['Gone.']],
  },
  status: {
    act: (forge, world) => forge.status(world.base.sha, STATUS),
    seen: (world) => world.statuses(world.base.sha),
    expected: [STATUS],
  },
  proposal: {
    act: (forge, world) => forge.propose(proposalFor(world)),
    seen: (world) => [
      world.pulls().length,
      Object.keys(world.branch(proposalFor(world).branch)?.files ?? {}),
    ],
    expected: [2, ['README.md', 'configurations/acme-phones.yaml']],
  },
}

/** The part of the suite about a forge that does not answer, or not as it should. */
export function forgeTrouble(open: OpenForgeWorld): void {
  describe('a forge in trouble', () => {
    it.each(FAULTS)('is forge-unreachable, and says no secret (%s)', async (fault) => {
      const world = await forgeFor(open)
      world.openPull()
      world.suffer(() => fault)
      for (const trouble of await troubles(world)) expectSilence(world, trouble)
    })

    it('is forge-unreachable where nobody listens, and well again afterwards', async () => {
      const world = await forgeFor(open)
      const { number } = world.openPull()
      await world.reachable(false)
      for (const trouble of await troubles(world)) expectSilence(world, trouble)
      await world.reachable(true)
      await world.clock.advance(HOUR)
      await drive(world, world.forge.comment(number, sticky('one')))
      expect(world.comments(number)).toHaveLength(1)
    })

    it('spoils nothing for whoever asks for the same at once', async () => {
      const world = await forgeFor(open)
      const { number } = world.openPull()
      losing(world, 0, 'refused-before')
      const words = ['one', 'two'].map((word) => world.forge.comment(number, sticky(word)))
      const [first, second] = await drive(world, Promise.allSettled(words))
      expect([first?.status, second?.status]).toEqual(['rejected', 'fulfilled'])
      expect(world.comments(number)).toMatchObject([{ body: sticky('two').body }])
    })

    it.each(['throttled', 'throttled-silently'] as const)(
      'is left alone when it asks for that (%s)',
      async (fault) => {
        const world = await forgeFor(open)
        const { number } = world.openPull()
        let asked = 0
        world.suffer(() => {
          asked += 1
          return fault
        })
        const comment = (): Promise<unknown> => drive(world, world.forge.comment(number, sticky('one')))
        await expect(comment()).rejects.toMatchObject({ code: 'forge-unreachable' })
        await expect(comment()).rejects.toThrow(/left alone/)
        expect(asked).toBe(1)
        world.suffer(() => undefined)
        await world.clock.advance(HOUR)
        await comment()
        expect(world.comments(number)).toHaveLength(1)
      },
    )

    for (const [what, { before, act, seen, expected }] of Object.entries(STORIES))
      it.each(AFTER)(
        `makes one ${what} although the answer to any of its writes gets lost (%s)`,
        async (fault) => {
          for (let lost = 0, more = true; more; lost += 1) {
            const world = await forgeFor(open)
            world.openPull()
            await before?.(world.forge)
            const writes = losing(world, lost, fault)
            const first = await settled(drive(world, act(world.forge, world)))
            if (first !== undefined) expectSilence(world, first)
            more = writes() > lost
            world.suffer(() => undefined)
            if (first !== undefined) await drive(world, act(world.forge, world))
            expect(seen(world), `write ${lost} lost`).toEqual(expected)
            expect(lost).toBeLessThan(20)
          }
        },
      )
  })
}

/** What comes of asking a forge in trouble for anything. */
async function troubles(world: ForgeWorld): Promise<readonly unknown[]> {
  const { forge } = world
  const asked = [
    () => forge.openPullRequests(),
    () => forge.mergedSince(0),
    () => forge.pullRequest(1),
    () => forge.check(),
    ...Object.values(STORIES).map(
      ({ act }) =>
        () =>
          act(forge, world),
    ),
  ]
  const all: unknown[] = []
  for (const ask of asked) {
    const trouble = await settled(drive(world, ask()))
    expect(trouble).toBeDefined()
    all.push(trouble)
  }
  return all
}

/** Loses the answer to the one write of this number, counted from 0; gives how many writes there were. */
function losing(world: ForgeWorld, lost: number, fault: Fault): () => number {
  let writes = 0
  world.suffer((method, path) => {
    // Asking for a token changes nothing.
    if (method === 'GET' || path.endsWith('/access_tokens')) return undefined
    writes += 1
    return writes === lost + 1 ? fault : undefined
  })
  return () => writes
}

async function settled(work: Promise<unknown>): Promise<unknown> {
  try {
    await work
    return undefined
  } catch (error) {
    return error
  }
}

function expectSilence({ secrets }: ForgeWorld, trouble: unknown): void {
  expect(trouble).toBeInstanceOf(SimplaneError)
  expect(trouble).toMatchObject({ code: 'forge-unreachable', hint: expect.any(String) })
  const said = inspect(trouble, { depth: 10 })
  for (const secret of secrets) expect(said).not.toContain(secret)
}
