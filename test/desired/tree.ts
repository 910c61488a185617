import { hash } from 'node:crypto'
import type { Finding } from '../../src/domain/finding.ts'
import type { SourceFile } from '../../src/domain/source.ts'
import type { Parsed } from '../../src/desired/assemble.ts'
import type { ParseOptions } from '../../src/desired/parse.ts'
import { parseDesired } from '../../src/desired/parse.ts'

/** A file of a tree under test. */
export function file(path: string, content: string | Uint8Array): SourceFile {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
  return { path, blob: hash('sha1', bytes), bytes }
}

export function parse(files: Readonly<Record<string, string | Uint8Array>>, options?: ParseOptions): Parsed {
  return parseDesired(
    Object.entries(files).map(([path, content]) => file(path, content)),
    options,
  )
}

/** A finding on one line: place and length, code, message, and what follows it. */
function shown(finding: Finding): string {
  const { place, length, code, reason, severity, rule, message, hint, notes } = finding
  const where = `${place?.file}:${place?.line}:${place?.column}+${length}`
  const what = `${severity[0]?.toUpperCase()} ${reason ?? code}${rule === undefined ? '' : ` ${rule}`}`
  const more = [
    ...(hint === undefined ? [] : [`? ${hint}`]),
    ...(notes ?? []).map((note) => `${note.label}: ${note.text}`),
  ]
  return [`${where} ${what}: ${message}`, ...more].join(' | ')
}

/** All findings of a tree, one a line. */
export function told(files: Readonly<Record<string, string | Uint8Array>>, options?: ParseOptions): string[] {
  return parse(files, options).findings.map(shown)
}

/** A document of a kind, with its spec indented by two. */
export function document(kind: string, name: string, spec: string): string {
  const body = spec.trim() === '' ? '' : `spec:\n${spec.replace(/^/gm, '  ')}\n`
  return `apiVersion: simplane/v1\nkind: ${kind}\nmetadata: { name: ${name} }\n${body}`
}

const WINDOWS = 'windows: { serverName: smdp.acme.example }'

export function configuration(spec: string, name = 'acme'): string {
  return document('EsimConfiguration', name, `${WINDOWS}\n${spec}`)
}

/** What a configuration whose spec has one more line is told. Its spec begins in line 5. */
export function toldOf(spec: string, others: Readonly<Record<string, string | Uint8Array>> = {}): string[] {
  return told({ 'c.yaml': configuration(spec), ...others })
}
