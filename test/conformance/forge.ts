import { describe, expect, it } from 'vitest'
import { DAY, HOUR, MINUTE } from '../../src/domain/time.ts'
import { forgeProposals, proposalFor } from './forge-proposals.ts'
import { forgeTrouble } from './forge-trouble.ts'
import { ANNOTATIONS, forgeFor, HOSTILE, MARKER, sticky, type OpenForgeWorld } from './forge-world.ts'

/**
 * The suite that every forge passes. `open` gives a world of its own to each test. What the forge's capabilities exclude
 * is shown to do nothing.
 */
export function forgeConformance(name: string, open: OpenForgeWorld): void {
  describe(`forge ${name}`, () => {
    describe('pull requests', () => {
      it('shows one as it is', async () => {
        const world = await forgeFor(open)
        const { number, sha } = world.openPull({ title: HOSTILE.title, author: 'mallory', draft: true })
        const pull = await world.forge.pullRequest(number)
        expect(pull).toMatchObject({ number, author: 'mallory', state: 'open', draft: true, fork: false })
        expect(pull).toMatchObject({ title: HOSTILE.title, head: { sha }, base: { ref: world.base.ref } })
        expect(pull?.head.ref).toMatch(/^refs\//)
        expect(pull?.url).toMatch(/^https?:\/\//)
        expect(pull).not.toHaveProperty('mergedAs')
      })

      it('says of one whether it is from a fork, merged or closed', async () => {
        const world = await forgeFor(open)
        const { forge, clock } = world
        const [fork, merged, closed] = [world.openPull({ fork: true }), world.openPull(), world.openPull()]
        const mergedAs = world.mergePull(merged.number)
        world.closePull(closed.number)
        expect(await forge.pullRequest(fork.number)).toMatchObject({ fork: true, head: { sha: fork.sha } })
        const shown = await forge.pullRequest(merged.number)
        expect(shown).toMatchObject({ state: 'merged', mergedAs, mergedAt: clock.now() })
        const ended = await forge.pullRequest(closed.number)
        expect(ended).toMatchObject({ state: 'closed' })
        expect(ended).not.toHaveProperty('mergedAs')
      })

      it('knows none of a number that there is not', async () => {
        const { forge } = await forgeFor(open)
        expect(await forge.pullRequest(4711)).toBeUndefined()
      })

      it('lists every open one, over all pages, newest change first', async () => {
        const world = await forgeFor(open)
        const opened: number[] = []
        for (let at = 0; at < 230; at += 1) {
          await world.clock.advance(MINUTE)
          opened.push(world.openPull().number)
        }
        world.closePull(opened.shift() ?? 0)
        const listed = await world.forge.openPullRequests()
        expect(listed.map(({ number }) => number)).toEqual(opened.reverse())
      })

      it('lists those merged since a moment, newest first, and neither closed nor older ones', async () => {
        const world = await forgeFor(open)
        const merge = (): number => {
          const { number } = world.openPull()
          world.mergePull(number)
          return number
        }
        const old = merge()
        await world.clock.advance(2 * DAY)
        const since = world.clock.now()
        const merged: number[] = []
        for (let at = 0; at < 120; at += 1) {
          merged.push(merge())
          await world.clock.advance(MINUTE)
          world.closePull(world.openPull().number)
        }
        // Somebody speaks below an old one: that does not merge it anew.
        world.say(old, 'jane', 'Nice.')
        const listed = await world.forge.mergedSince(since)
        expect(listed.map(({ number }) => number)).toEqual(merged.reverse())
        expect(await world.forge.mergedSince(world.clock.now() + HOUR)).toEqual([])
      })
    })

    describe('the comment', () => {
      it('is made once, brought up to date in its place, and left alone when it says the same', async () => {
        const world = await forgeFor(open)
        const { number } = world.openPull()
        const first = await world.forge.comment(number, sticky('one'))
        const again = await world.forge.comment(number, sticky('one'))
        expect(world.comments(number)).toMatchObject([
          { author: world.us, body: sticky('one').body, edits: 0 },
        ])
        const other = await world.forge.comment(number, sticky('two'))
        expect(world.comments(number)).toMatchObject([
          { author: world.us, body: sticky('two').body, edits: 1 },
        ])
        expect([again.url, other.url]).toEqual([first.url, first.url])
      })

      it('is found among strangers on the third page', async () => {
        const world = await forgeFor(open)
        const { number } = world.openPull()
        for (let at = 0; at < 210; at += 1) world.say(number, 'jane', `Word ${at}`)
        await world.forge.comment(number, sticky('one'))
        for (let at = 0; at < 5; at += 1) world.say(number, 'jane', 'More words')
        await world.forge.comment(number, sticky('two'))
        const ours = world.comments(number).filter(({ author }) => author === world.us)
        expect(ours).toMatchObject([{ body: sticky('two').body, edits: 1 }])
      })

      it('is not the one in which somebody else wrote our marker', async () => {
        const world = await forgeFor(open)
        const { number } = world.openPull()
        world.say(number, 'mallory', sticky('nothing to see').body)
        await world.forge.comment(number, sticky('one'))
        await world.forge.comment(number, sticky('two'))
        expect(world.comments(number)).toMatchObject([
          { author: 'mallory', body: sticky('nothing to see').body, edits: 0 },
          { author: world.us, body: sticky('two').body, edits: 1 },
        ])
      })

      it('is not another one of ours: with another marker, or with this one further up', async () => {
        const world = await forgeFor(open)
        const { number } = world.openPull()
        world.say(number, world.us, `Other words\n\n<!-- simplane:other -->`)
        world.say(number, world.us, `A group is called ${MARKER}\n\n<!-- simplane:third -->`)
        await world.forge.comment(number, sticky('one'))
        expect(world.comments(number).map(({ edits }) => edits)).toEqual([0, 0, 0])
      })

      it('is one when two ask for it at once', async () => {
        const world = await forgeFor(open)
        const { number } = world.openPull()
        await Promise.all(['one', 'two', 'three'].map((word) => world.forge.comment(number, sticky(word))))
        expect(world.comments(number)).toMatchObject([{ body: sticky('three').body }])
      })

      it('arrives as it is, whatever characters it has', async () => {
        const world = await forgeFor(open)
        const { number } = world.openPull()
        const text = { marker: MARKER, body: `${HOSTILE.body}\n${MARKER}` }
        await world.forge.comment(number, text)
        await world.forge.comment(number, text)
        expect(world.comments(number)).toMatchObject([{ body: text.body, edits: 0 }])
      })

      it('may be as large as the forge says that it may', async () => {
        const world = await forgeFor(open)
        const { number } = world.openPull()
        const text = sticky('x'.repeat(world.forge.capabilities.largestText - MARKER.length - 2))
        await world.forge.comment(number, text)
        expect(world.comments(number)).toMatchObject([{ body: text.body }])
      })
    })

    describe('the status', () => {
      it('is posted when it says something new, for each commit and context', async () => {
        const world = await forgeFor(open)
        const [one, other] = [world.openPull(), world.openPull()]
        const plan = { context: 'simplane/plan', state: 'pending', description: 'reading' } as const
        const done = { ...plan, state: 'success', url: 'https://simplane.acme.example/plans/1' } as const
        const validate = { ...done, context: 'simplane/validate', description: HOSTILE.title }
        for (const status of [plan, plan, done, done, validate, validate, done])
          await world.forge.status(one.sha, status)
        await world.forge.status(other.sha, done)
        expect(world.statuses(one.sha)).toEqual([plan, done, validate])
        expect(world.statuses(other.sha)).toEqual([done])
      })

      it('is one when two ask for it at once, and of the longest description', async () => {
        const world = await forgeFor(open)
        const { sha } = world.openPull()
        const description = 'é'.repeat(world.forge.capabilities.longestDescription)
        const status = { context: 'simplane/plan', state: 'failure', description } as const
        await Promise.all([world.forge.status(sha, status), world.forge.status(sha, status)])
        expect(world.statuses(sha)).toEqual([status])
      })
    })

    describe('annotations', () => {
      it('are shown on their lines, and replaced by the next ones', async () => {
        const world = await forgeFor(open)
        const { sha } = world.openPull()
        const many = Array.from({ length: 130 }, (_, at) => ({ ...ANNOTATIONS[0], line: at + 1 }))
        const shown = world.forge.capabilities.annotations
        for (const annotations of [ANNOTATIONS, ANNOTATIONS, many, ANNOTATIONS.slice(1), []]) {
          await world.forge.annotate(sha, 'simplane/validate', annotations)
          expect(world.annotations(sha, 'simplane/validate')).toEqual(shown ? annotations : [])
        }
      })
    })

    describe('the issue', () => {
      const issue = { ...sticky('one'), title: '14 devices drifted', labels: ['no-such-label'] }

      it('is made once, brought up to date, and left alone when it says the same', async () => {
        const world = await forgeFor(open)
        const made = await world.forge.issue(issue)
        await world.forge.issue(issue)
        expect(world.issues()).toMatchObject([
          {
            number: made.number,
            author: world.us,
            title: issue.title,
            body: issue.body,
            open: true,
            edits: 0,
          },
        ])
        const next = { ...issue, ...sticky('two'), title: HOSTILE.title }
        expect(await world.forge.issue(next)).toMatchObject({ number: made.number, url: made.url })
        expect(world.issues()).toMatchObject([{ title: HOSTILE.title, body: next.body, edits: 1 }])
      })

      it('is found behind many others, and is neither an impostor’s nor a pull request', async () => {
        const world = await forgeFor(open)
        world.fileIssue('mallory', 'Drift', issue.body)
        await world.forge.propose(proposalFor(world, { body: issue.body }))
        const { number } = await world.forge.issue(issue)
        for (let at = 0; at < 210; at += 1) world.fileIssue('jane', `Question ${at}`, 'Why?')
        expect(await world.forge.issue({ ...issue, ...sticky('two') })).toMatchObject({ number })
        const changed = world.issues().filter(({ edits }) => edits > 0)
        expect(changed).toMatchObject([{ number, author: world.us }])
        expect(world.issues()).toHaveLength(212)
      })

      it('is closed with a last word, once, and made anew when there is something again', async () => {
        const world = await forgeFor(open)
        expect(await world.forge.closeIssue(MARKER, 'Gone.')).toBeUndefined()
        const { number } = await world.forge.issue(issue)
        expect(await world.forge.closeIssue('<!-- simplane:other -->', 'Gone.')).toBeUndefined()
        expect(await world.forge.closeIssue(MARKER, 'Gone.')).toEqual({ number })
        expect(await world.forge.closeIssue(MARKER, 'Gone.')).toBeUndefined()
        expect(world.issues()).toMatchObject([
          { open: false, body: issue.body, comments: [{ author: world.us, body: 'Gone.' }] },
        ])
        const again = await world.forge.issue(issue)
        expect(again.number).not.toBe(number)
        expect(world.issues()).toMatchObject([{ open: false }, { open: true, number: again.number }])
      })

      it('is the old one where a person opened that again', async () => {
        const world = await forgeFor(open)
        const { number } = await world.forge.issue(issue)
        await world.forge.closeIssue(MARKER, 'Gone.')
        world.reopenIssue(number)
        expect(await world.forge.issue({ ...issue, ...sticky('two') })).toMatchObject({ number })
        expect(world.issues()).toMatchObject([{ number, open: true, body: sticky('two').body }])
      })

      it('is one when two ask for it at once', async () => {
        const world = await forgeFor(open)
        await Promise.all([world.forge.issue(issue), world.forge.issue(issue)])
        expect(world.issues()).toHaveLength(1)
      })
    })

    it('is checked without changing anything, and lacks nothing here', async () => {
      const world = await forgeFor(open)
      world.openPull()
      const checks = await world.forge.check()
      expect(checks.map(({ result }) => result)).toContain('ok')
      expect(checks.filter(({ result }) => result === 'fail')).toEqual([])
      expect([world.issues(), world.pulls().length]).toEqual([[], 1])
    })

    forgeProposals(open)
    forgeTrouble(open)
  })
}
