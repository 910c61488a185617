import { writeFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { readArguments, type Request } from './arguments.ts'
import { inProcess } from './bed/order.ts'
import { cacheFor, isBuilt } from './bed/stages.ts'
import type { Figure, Result } from './figure.ts'
import { FIGURES } from './figures.ts'
import { machineFacts } from './machine.ts'
import { tableOf } from './table.ts'

/** Devices that the goals speak of. */
const GOAL = 1_000_000

const request = readArguments(
  process.argv.slice(2),
  FIGURES.map(({ name }) => name),
)
if ('text' in request) {
  process.stdout.write(request.text)
  process.exitCode = request.code
} else {
  process.exitCode = await bench(request)
}

/** Measures figure after figure, each in a process of its own; 1 when one of them could not be measured. */
async function bench({ devices, runs, only, json }: Request): Promise<number> {
  const cache = cacheFor(devices)
  const machine = await machineFacts(cache)
  const results: Result[] = []
  const failed: { readonly name: string; readonly why: string }[] = []
  const begun = performance.now()
  for (const figure of FIGURES.filter(({ name }) => only?.includes(name) ?? true)) {
    try {
      const result = await measured(figure, { devices, runs, cache })
      if (result !== undefined) results.push(result)
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      failed.push({ name: figure.name, why })
      tell(`${figure.name}: ${why}`)
    }
  }
  const { cpu, cores, memoryGb, system, node, sqlite, git, postgres, fsync } = machine
  const tables = [
    `${devices.toLocaleString('en-US')} devices, 100 configurations, ${runs} runs; goals are for ${GOAL.toLocaleString('en-US')}`,
    `${cpu}, ${cores} cores, ${memoryGb} GB, ${system}; Node ${node}, SQLite ${sqlite}, git ${git}, PostgreSQL ${postgres}; fsync ${fsync.toFixed(2)} ms`,
    '',
    tableOf(results, devices === GOAL),
    ...failed.map(({ name, why }) => `NOT MEASURED: ${name}: ${why}`),
  ]
  process.stdout.write(`${tables.join('\n')}\n`)
  const seconds = Math.round((performance.now() - begun) / 1_000)
  if (json !== undefined)
    writeFileSync(
      json,
      `${JSON.stringify({ devices, runs, machine, seconds, results, failed }, undefined, 2)}\n`,
    )
  return failed.length === 0 ? 0 : 1
}

async function measured(
  { name, stages }: Figure,
  given: { readonly devices: number; readonly runs: number; readonly cache: string },
): Promise<Result | undefined> {
  const { devices, cache } = given
  for (const stage of stages) {
    if (isBuilt(cache, stage)) continue
    tell(`${name}: building the ${stage} database of ${devices.toLocaleString('en-US')} devices`)
    await inProcess({ kind: 'stage', stage, devices, cache }, tell)
  }
  return inProcess({ kind: 'figure', name, ...given }, tell)
}

function tell(text: string): void {
  process.stderr.write(`${text}\n`)
}
