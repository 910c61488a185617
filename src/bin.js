#!/usr/bin/env node
// The launcher: plain JavaScript that any Node can read, so that an older one gets a sentence and not a stack trace.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import module from 'node:module'
import { fileURLToPath } from 'node:url'

const OLDEST = 24
const self = fileURLToPath(import.meta.url)
const brought = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url))
const words = process.argv.slice(2)
// Batches of a thousand devices are short-lived garbage; V8 lets its nursery grow with the machine's memory, to more
// than everything else simplane holds, and takes this limit at its start only.
const flags = ['--max-semi-space-size=4']
const env = { ...process.env, SIMPLANE_RELAUNCHED: '1' }
const first = process.env.SIMPLANE_RELAUNCHED === undefined

if (Number(process.versions.node.split('.')[0]) >= OLDEST) {
  const works = words.some((word) => word === 'run' || word === 'reconcile' || word === 'plan')
  if (first && works && process.platform !== 'win32' && typeof process.execve === 'function') {
    process.removeAllListeners('warning')
    process.execve(process.execPath, [process.execPath, ...process.execArgv, ...flags, self, ...words], env)
  }
  // Compiled once, kept beside the packages: a command answers in half the time. Where that cannot be written, nothing is kept.
  module.enableCompileCache?.(fileURLToPath(new URL('../node_modules/.cache/simplane', import.meta.url)))
  await import('./main.ts')
} else if (first && existsSync(brought)) {
  // "npm ci" brought a newer Node: hand over to it, signals and exit code included.
  const child = spawn(brought, [...flags, self, ...words], { stdio: 'inherit', env })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)))
} else {
  process.stderr.write(
    `simplane needs Node ${OLDEST} or newer, this is ${process.versions.node}. "npm ci" brings its own; then use npm start.\n`,
  )
  process.exitCode = 1
}
