import { writeFileSync } from 'node:fs'
import { peakMemory } from '../measure.ts'

/** Loaded into a program that is measured: when it ends, the most memory it held is written to a file, in MB. */
process.on('exit', () => {
  const file = process.env['SIMPLANE_BENCH_PEAK']
  if (file !== undefined) writeFileSync(file, String(peakMemory()))
})
