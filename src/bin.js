#!/usr/bin/env node
// The launcher: plain JavaScript that any Node can read, so that an older one gets a sentence and not a stack trace.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const OLDEST = 24
const own = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url))

if (Number(process.versions.node.split('.')[0]) >= OLDEST) {
  await import('./main.ts')
} else if (existsSync(own) && process.env.SIMPLANE_RELAUNCHED === undefined) {
  // "npm ci" brought a newer Node of its own: hand over to it, signals and exit code included.
  const child = spawn(own, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...process.env, SIMPLANE_RELAUNCHED: '1' },
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)))
} else {
  process.stderr.write(
    `simplane needs Node ${OLDEST} or newer, this is ${process.versions.node}. "npm ci" brings its own; then use npm start.\n`,
  )
  process.exitCode = 1
}
