import { readFileSync, writeFileSync } from 'node:fs'
import { expect } from 'vitest'

/** Compares a whole output with `golden/<name>`; UPDATE_GOLDEN=1 writes it anew, for a person to review as a diff. */
export function expectGolden(name: string, output: string): void {
  const file = new URL(`golden/${name}`, import.meta.url)
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, output)
  expect(output).toBe(readFileSync(file, 'utf8'))
}

/** The widest line, in code points. */
export function widestLine(output: string): number {
  return Math.max(...output.split('\n').map((line) => Array.from(line).length))
}
