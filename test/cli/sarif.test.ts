import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { systemClock } from '../../src/clock.ts'
import { openSimulator } from '../../src/drivers/simulator/simulator.ts'
import { quickWorkplace, simplane, workplace, type Ended } from './harness.ts'

type Sarif = {
  readonly version: string
  readonly runs: readonly {
    readonly tool: { readonly driver: { readonly name: string; readonly version: string } }
    readonly results: readonly {
      readonly ruleId: string
      readonly level: string
      readonly message: { readonly text: string }
      readonly locations: readonly {
        readonly physicalLocation: {
          readonly artifactLocation: { readonly uri: string }
          readonly region: { readonly startLine: number }
        }
      }[]
    }[]
  }[]
}

function resultsOf({ out }: Ended): Sarif['runs'][number]['results'] {
  return (JSON.parse(out) as Sarif).runs[0]?.results ?? []
}

describe('validate', () => {
  test('says on which lines of which files, from where it is run, as SARIF and for GitLab', async () => {
    const folder = workplace()
    const broken =
      'apiVersion: simplane/v1\nkind: Policy\nmetadata: { name: default }\nspec:\n  mod: propose\n'
    writeFileSync(join(folder, 'desired-state/policy.yaml'), broken)
    const sarif = await simplane(folder, ['validate', '-o', 'sarif'])
    expect(sarif).toMatchObject({ code: 1, err: '' })
    expect(JSON.parse(sarif.out)).toMatchObject({
      version: '2.1.0',
      runs: [{ tool: { driver: { name: 'simplane', version: expect.stringMatching(/^\d/) as string } } }],
    })
    expect(resultsOf(sarif)).toContainEqual(
      expect.objectContaining({
        level: 'error',
        locations: [
          {
            physicalLocation: {
              artifactLocation: { uri: 'desired-state/policy.yaml' },
              region: expect.objectContaining({ startLine: 5, startColumn: 3 }) as object,
            },
          },
        ],
      }),
    )
    const gitlab = await simplane(folder, ['validate', '-o', 'code-quality'])
    expect(gitlab).toMatchObject({ code: 1, err: '' })
    expect(JSON.parse(gitlab.out)).toContainEqual(
      expect.objectContaining({
        severity: 'critical',
        location: { path: 'desired-state/policy.yaml', lines: { begin: 5 } },
      }),
    )
  })

  test('is a whole file with nothing in it where nothing is wrong, and silent beside it in GitHub Actions', async () => {
    const folder = workplace()
    const env = { GITHUB_ACTIONS: 'true' }
    const sarif = await simplane(folder, ['validate', '-o', 'sarif'], { env })
    expect(sarif).toMatchObject({ code: 0, err: '' })
    expect(resultsOf(sarif)).toEqual([])
    const gitlab = await simplane(folder, ['validate', '-o', 'code-quality'])
    expect(gitlab).toMatchObject({ code: 0, out: '[]\n', err: '' })
  })

  test('its help and that of drift show how', async () => {
    const folder = workplace()
    expect((await simplane(folder, ['validate', '--help'])).out).toMatch(
      /simplane validate -o sarif[^]*simplane validate -o code-quality/,
    )
    expect((await simplane(folder, ['drift', '--help'])).out).toContain('simplane drift -o sarif')
    expect(await simplane(folder, ['drift', '-o', 'code-quality'])).toMatchObject({ code: 64, out: '' })
  })
})

describe('drift', () => {
  test('stands where its configuration is written, and names devices only when asked to', async () => {
    const folder = quickWorkplace()
    await simplane(folder, ['reconcile', '--wait'])
    expect(resultsOf(await simplane(folder, ['drift', '-o', 'sarif']))).toEqual([])
    {
      const path = join(folder, 'state/simulator.db')
      await using simulator = await openSimulator({ path, clock: systemClock })
      simulator.userDeletesEsim('d-7')
    }
    await simplane(folder, ['reconcile'])
    const masked = await simplane(folder, ['drift', '-o', 'sarif', '--detailed-exitcode'])
    expect(masked).toMatchObject({ code: 2, err: '' })
    expect(masked.out).not.toContain('LAP-0007')
    expect(resultsOf(masked)).toEqual([
      expect.objectContaining({
        ruleId: 'drift-removed-on-device',
        level: 'warning',
        message: {
          text: expect.stringMatching(/^1 device of \S+ drifted: removed-on-device, oldest /) as string,
        },
        locations: [
          {
            physicalLocation: {
              artifactLocation: { uri: expect.stringMatching(/^desired-state\/.+\.yaml$/) as string },
              region: expect.objectContaining({ startLine: expect.any(Number) as number }) as object,
            },
          },
        ],
      }),
    ])
    const clear = await simplane(folder, ['drift', '-o', 'sarif', '--identities'])
    expect(resultsOf(clear)[0]?.message.text).toContain('LAP-0007')
  })
})
