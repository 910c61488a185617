import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { toRfc3339 } from '../../src/domain/time.ts'
import { writeSnapshot } from '../../src/snapshot/write.ts'
import { NOW, YESTERDAY } from '../plan/builders.ts'
import { recordOf } from '../plan/model-fleet.ts'
import { everyModel, optimal } from '../plan/search.ts'

const run = promisify(execFile)
const MODELS = everyModel().map((model, at) => ({ model, id: `d-${String(at).padStart(4, '0')}` }))

/** The documents behind the labels of the model: what a team would commit. */
const DOCUMENTS = `
apiVersion: simplane/v1
kind: EsimConfiguration
metadata: { name: c }
spec:
  windows: { serverName: c.example }
  distribution: { to: custom, groups: [want-c, want-c-fresh] }
  redownload: [{ on: ${toRfc3339(YESTERDAY)}, to: custom, groups: [want-c-fresh] }]
---
apiVersion: simplane/v1
kind: EsimConfiguration
metadata: { name: xk }
spec: { windows: { serverName: keep.example } }
---
apiVersion: simplane/v1
kind: EsimConfiguration
metadata: { name: xe }
spec: { windows: { serverName: erase.example }, onRemove: erase-all-esims }
${['c', 'c-fresh', 'release', 'retire']
  .map(
    (want) => `---
apiVersion: simplane/v1
kind: DeviceGroup
metadata: { name: want-${want} }
spec: { selector: { matchLabels: { want: ${want} } } }
`,
  )
  .join('')}---
apiVersion: simplane/v1
kind: Retirement
metadata: { name: leave }
spec: { groups: [want-release] }
---
apiVersion: simplane/v1
kind: Retirement
metadata: { name: leave-in-mdm }
spec: { groups: [want-retire], finish: in-mdm }
---
apiVersion: simplane/v1
kind: Policy
metadata: { name: default }
spec: { budgets: { reset: unlimited, uninstall: unlimited, retire: unlimited, delete-record: unlimited } }
`

type Step = {
  readonly kind: string
  readonly configuration?: string
  readonly state: string
  readonly heldBy?: readonly string[]
}
type PlanFile = {
  readonly summary: { readonly devices: number; readonly held: number }
  readonly holds: readonly { readonly code: string; readonly devices: number }[]
  readonly devices: readonly { readonly device: string; readonly steps: readonly Step[] }[]
}

let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'simplane-offline-'))
  await mkdir(join(folder, 'desired'))
  await writeFile(join(folder, 'desired', 'all.yaml'), DOCUMENTS)
})

afterAll(() => rm(folder, { recursive: true, force: true }))

async function plan(format: 'json' | 'ndjson', models: typeof MODELS): Promise<PlanFile> {
  const records = models.map(({ model, id }) => recordOf(model, id))
  const parts: string[] = []
  for await (const part of writeSnapshot({ takenAt: NOW, complete: true }, records, format)) parts.push(part)
  await writeFile(join(folder, `fleet.${format}`), parts.join(''))
  const words = ['plan', '--desired', 'desired', '--fleet', `fleet.${format}`, '--output', 'json']
  const bin = resolve(import.meta.dirname, '../../src/bin.js')
  const { stdout } = await run(process.execPath, [bin, ...words], { cwd: folder, maxBuffer: 2 ** 28 })
  return JSON.parse(stdout) as PlanFile
}

function spoken(steps: readonly Step[]): string {
  return steps
    .map(({ kind, configuration }) =>
      [kind, configuration === 'c-once' ? 'c' : configuration].filter(Boolean).join(' '),
    )
    .join(', ')
}

describe('a snapshot of every state, planned offline in one call of the program', () => {
  it('gives each device the optimum of an independent search, in order', async () => {
    const made = await plan('json', MODELS)
    const planned = new Map(made.devices.map(({ device, steps }) => [device, steps]))
    const wrong = MODELS.filter(({ model, id }) => {
      const got = spoken(planned.get(`simulator/${id}`) ?? [])
      return !optimal(model).some((moves) => moves.join(', ') === got)
    })
    expect(made.summary.devices).toBe(MODELS.length)
    expect(wrong.slice(0, 5)).toEqual([])
  })

  it('holds what would erase an eSIM of others, and counts it', async () => {
    const made = await plan('json', MODELS)
    const held = made.devices.filter(({ steps }) => steps.some(({ state }) => state === 'held'))
    expect(new Set(made.holds.map(({ code }) => code))).toEqual(new Set(['collateral-esim', 'foreign-esim']))
    expect(held.length).toBe(made.holds.reduce((sum, { devices }) => sum + devices, 0))
    for (const { steps } of held) {
      const from = steps.findIndex(({ state }) => state === 'held')
      expect(steps[from]?.kind).toBe('reset')
      expect(steps.slice(from).every(({ state }) => state === 'held')).toBe(true)
    }
  })

  it('gives the same plan from NDJSON, and whatever the order of the devices', async () => {
    const some = MODELS.filter((_, at) => at % 7 === 0)
    const { createdAt: _at, ...fromJson } = (await plan('json', some)) as PlanFile & { createdAt: string }
    const { createdAt: _then, ...fromNdjson } = (await plan('ndjson', [...some].reverse())) as PlanFile & {
      createdAt: string
    }
    expect(fromNdjson).toEqual(fromJson)
  })
})
