import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { recordKey } from '../../src/domain/device.ts'
import { FINDING_CODES } from '../../src/domain/finding.ts'
import type { Finding } from '../../src/domain/finding.ts'
import { ACTIONS, STEP_KINDS } from '../../src/domain/plan.ts'
import type { Plan, StepId } from '../../src/domain/plan.ts'
import { findingsJson } from '../../src/report/findings-json.ts'
import { planJson } from '../../src/report/plan-json.ts'
import { readSnapshot } from '../../src/snapshot/read.ts'
import { snapshotDevice } from '../../src/snapshot/write.ts'
import { contractDevice, envelope, jsonOf } from './samples.ts'

type Schema = { readonly [key: string]: unknown }

const NAMES = ['settings', 'fleet-snapshot', 'plan', 'findings'] as const
const DIGEST = `sha256:${'a'.repeat(64)}`

const finding: Finding = {
  code: 'residual-esim',
  severity: 'warning',
  message: 'the eSIM stays on the device',
  rule: 'S18',
  device: recordKey('simulator', 'd-7'),
  configuration: 'old-plan',
}

test.each(NAMES)(
  '%s: every example in it is valid, and everything has a title, a description and an example',
  (name) => {
    const root = schemaOf(name)
    const problems: string[] = []
    walk(root, '#', (schema, path) => {
      // Allowed here, and described once for every kind that has it.
      if ((schema as unknown) === true) return
      for (const key of ['title', 'description'])
        if (schema[key] === undefined) problems.push(`${path} has no ${key}`)
      const examples = schema['examples']
      if (!Array.isArray(examples) || examples.length === 0) {
        if (path !== '#') problems.push(`${path} has no example`)
        return
      }
      const { $schema: _, $id: __, ...rest } = schema
      const validate = strict().compile({ $defs: root['$defs'], ...rest })
      for (const example of examples)
        if (!validate(example)) problems.push(`${path}: ${strict().errorsText(validate.errors)}`)
    })
    expect(problems).toEqual([])
  },
)

describe('fleet-snapshot', () => {
  test('accepts the example of the contract, and what is written of any device', () => {
    const records =
      readSnapshot(jsonOf([contractDevice, { id: 'd-2', driver: 'm' }]), 'x').snapshot?.records ?? []
    const devices = JSON.parse(JSON.stringify(records.map(snapshotDevice))) as unknown[]
    expect(devices).toHaveLength(2)
    accepts('fleet-snapshot', { ...envelope, devices: [contractDevice] })
    accepts('fleet-snapshot', { ...envelope, devices })
  })

  test('knows every key that the reader knows', () => {
    const all = { ...envelope, devices: [complete()] }
    expect(readSnapshot(jsonOf([complete()]), 'x').findings).toEqual([])
    const known = JSON.stringify(schemaOf('fleet-snapshot'))
    for (const key of keysOf(all)) expect(known).toContain(`"${key}":{`)
  })

  test.each<[string, object]>([
    ['a device without an id', { driver: 'm' }],
    ['a number for a serial number', { ...contractDevice, serialNumber: 12 }],
    ['an eSIM without a number', { ...contractDevice, esims: [{ source: null }] }],
    [
      'both blocks',
      {
        ...contractDevice,
        installed: [{ configuration: 'a', windows: { serverName: 'a' }, ios: { carrierUrl: 'b' } }],
      },
    ],
    ['a time nobody can read', { ...contractDevice, enrolledAt: 'yesterday' }],
  ])('refuses %s, as the reader does', (_, device) => {
    expect(readSnapshot(jsonOf([device]), 'x').snapshot).toBeUndefined()
    expect(validator('fleet-snapshot')({ ...envelope, devices: [device] })).toBe(false)
  })
})

describe('plan', () => {
  test('accepts a plan with everything in it, as it is written', () => {
    accepts('plan', JSON.parse(JSON.stringify(planJson(plan()))))
    accepts(
      'plan',
      JSON.parse(JSON.stringify(planJson({ ...plan(), devices: [], holds: [], changes: [], findings: [] }))),
    )
  })

  test('refuses a plan in which something is missing', () => {
    const { digest: _, ...rest } = planJson(plan())
    expect(validator('plan')(JSON.parse(JSON.stringify(rest)))).toBe(false)
  })

  test('knows every action, step kind and finding code', () => {
    const defs = schemaOf('plan')['$defs'] as Record<string, Schema>
    expect(new Set(defs['action']?.['enum'] as string[])).toEqual(new Set(ACTIONS))
    expect(new Set(defs['step']?.['enum'] as string[])).toEqual(new Set(STEP_KINDS))
    const properties = defs['finding']?.['properties'] as Record<string, Schema>
    expect(properties['code']?.['enum']).toEqual([...FINDING_CODES])
  })
})

describe('findings', () => {
  test('accepts findings as they are written, with a place and without', () => {
    const place = { file: 'a.yaml', line: 8, column: 5 }
    accepts(
      'findings',
      findingsJson([
        finding,
        { ...finding, code: 'invalid-document', reason: 'unknown-key', place, hint: 'write it' },
      ]),
    )
    accepts('findings', findingsJson([]))
  })

  test('knows every finding code', () => {
    const defs = schemaOf('findings')['$defs'] as Record<string, Schema>
    const properties = defs['finding']?.['properties'] as Record<string, Schema>
    expect(properties['code']?.['enum']).toEqual([...FINDING_CODES])
  })
})

function plan(): Plan {
  const step = {
    id: 'abc' as StepId,
    action: 'reset-then-redeploy',
    rule: 'S16',
    because: 'asked for',
  } as const
  return {
    revision: '9fceb02d0ae598e95dc970b74767f19372d61af8',
    digest: DIGEST,
    createdAt: Date.parse('2026-11-23T08:00:00Z'),
    summary: {
      devices: 2,
      changing: 1,
      unchanged: 1,
      steps: 3,
      held: 2,
      byAction: {
        install: 0,
        'reset-then-redeploy': 1,
        uninstall: 0,
        'pre-retirement-reset': 0,
        'clear-stale-record': 0,
      },
      byStep: {
        install: 1,
        update: 0,
        uninstall: 0,
        reset: 1,
        'delete-record': 1,
        release: 0,
        retire: 0,
        forget: 0,
      },
    },
    changes: [
      {
        configuration: 'a',
        path: 'windows.serverName',
        to: 'b',
        source: { file: 'a.yaml', line: 8, column: 1 },
      },
      { configuration: 'a', path: 'priority', from: '1' },
    ],
    holds: [
      {
        id: 'h-31b0',
        code: 'would-strand',
        codes: ['would-strand'],
        step: 'reset',
        configuration: 'a',
        devices: 1,
        digest: DIGEST,
      },
    ],
    devices: [
      {
        device: recordKey('simulator', 'd-1'),
        action: 'reset-then-redeploy',
        steps: [
          {
            ...step,
            kind: 'delete-record',
            record: recordKey('simulator', 'd-0'),
            state: 'ready',
            heldBy: [],
          },
          { ...step, kind: 'reset', state: 'held', heldBy: ['would-strand'] },
          { ...step, kind: 'install', configuration: 'a', redownload: 0, state: 'held', heldBy: [] },
        ],
        observed: [],
        findings: [],
        holds: [undefined, 'h-31b0', 'h-31b0'],
      },
    ],
    findings: [finding],
  }
}

function complete(): object {
  const failed = { code: 'busy', message: 'later', at: envelope.takenAt }
  return {
    ...contractDevice,
    installedObservedAt: envelope.takenAt,
    esimsObservedAt: envelope.takenAt,
    released: { retirement: 'r', at: envelope.takenAt },
    installed: [
      { ...contractDevice.installed[0], mode: 'enforce', state: 'failed', error: failed },
      { configuration: 'b', ios: { carrierUrl: 'https://a.example' } },
    ],
    esims: [
      { iccid: '1', source: { configuration: 'a', serverName: 'a.example', mode: 'observe' } },
      { iccid: '2', source: { carrierUrl: 'https://a.example' } },
    ],
  }
}

function keysOf(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(keysOf)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => [key, ...(key === 'labels' ? [] : keysOf(inner))])
}

function accepts(name: (typeof NAMES)[number], value: unknown): void {
  const validate = validator(name)
  validate(value)
  expect(validate.errors ?? []).toEqual([])
}

function validator(name: (typeof NAMES)[number]) {
  return strict().compile(schemaOf(name))
}

function strict(): Ajv2020 {
  return new Ajv2020({ allErrors: true, strict: true, strictRequired: false, allowUnionTypes: true })
}

function schemaOf(name: string): Schema {
  return JSON.parse(
    readFileSync(new URL(`../../schemas/${name}.schema.json`, import.meta.url), 'utf8'),
  ) as Schema
}

/** Every schema inside a schema, references and bare conditions apart. */
function walk(schema: Schema, path: string, visit: (schema: Schema, path: string) => void): void {
  if (schema['$ref'] !== undefined) return
  visit(schema, path)
  for (const group of ['properties', '$defs']) {
    for (const [key, inner] of Object.entries((schema[group] ?? {}) as Record<string, Schema>))
      walk(inner, `${path}/${group}/${key}`, visit)
  }
  if (schema['items'] !== undefined) walk(schema['items'] as Schema, `${path}/items`, visit)
}
