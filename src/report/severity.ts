import type { Finding, Severity } from '../domain/finding.ts'
import type { Paint } from './paint.ts'

/** The worst first. */
export const SEVERITIES: readonly Severity[] = ['error', 'warning', 'info']

const STYLES: Readonly<Record<Severity, 'red' | 'yellow' | 'cyan'>> = {
  error: 'red',
  warning: 'yellow',
  info: 'cyan',
}

/** A text in the colour of its severity. */
export function severityPaint(severity: Severity, paint: Paint, text: string): string {
  return paint[STYLES[severity]](text)
}

/** How many findings of each severity. */
export function severityCounts(findings: readonly Finding[]): Readonly<Record<Severity, number>> {
  const counts = { error: 0, warning: 0, info: 0 }
  for (const finding of findings) counts[finding.severity] += 1
  return counts
}
