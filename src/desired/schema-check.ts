import type { ErrorObject } from 'ajv/dist/2020.js'
import type { Finding } from '../domain/finding.ts'
import { asWritten } from './as-written.ts'
import type { Kind } from './kinds.ts'
import { SCHEMAS, validatorOf } from './kinds.ts'
import { explain, explainUnknownKey, findSubject } from './schema-explain.ts'
import { invalid } from './tell.ts'
import type { Mapping } from './tree.ts'

/** What the schema says of one document. `deferred` is told only when no rule of ours explains the document better. */
export type SchemaCheck = { readonly findings: readonly Finding[]; readonly deferred: readonly Finding[] }

/** More errors than anybody reads, and mapping them costs. */
const MOST_ERRORS = 1_000
// A rule of ours tells these with a better sentence: addresses, times, shares, and one of windows and ios.
const EXPLAINED_BY_RULES = new Set(['pattern', 'oneOf'])

/** Validates a document against the schema of its kind and turns each error into a finding at the key or value it is about. */
export function checkSchema(root: Mapping, kind: Kind): SchemaCheck {
  const validate = validatorOf(kind)
  if (validate(asWritten(root, SCHEMAS[kind], SCHEMAS[kind]))) return { findings: [], deferred: [] }
  const all = (validate.errors ?? []).slice(0, MOST_ERRORS)
  const errors = meantBranches(all.filter(isAbout))
  const [unknown, others] = [errors.filter(isUnknownKey), errors.filter((error) => !isUnknownKey(error))]
  const findings: Finding[] = []
  const deferred: Finding[] = []
  // A misspelt key is not missing as well.
  const misspelt = new Set<string>()
  for (const error of unknown) {
    const { finding, meant } = explainUnknownKey(error, root)
    if (meant !== undefined) misspelt.add(`${error.instancePath}/${meant}`)
    findings.push(finding)
  }
  for (const error of others) {
    if (misspelt.has(`${error.instancePath}/${String(error.params['missingProperty'])}`)) continue
    const subject = findSubject(root, error.instancePath)
    const byRule = EXPLAINED_BY_RULES.has(error.keyword)
    if (byRule) deferred.push(invalid('bad-value', subject.spot, `${subject.name} is not valid here`))
    else findings.push(explain(error, subject, all))
  }
  return { findings, deferred }
}

function isUnknownKey(error: ErrorObject): boolean {
  return error.keyword === 'additionalProperties'
}

/** An `enum` of texts also fails for what is no text: the type says that already. The branches of `oneOf` say nothing. */
function isAbout(error: ErrorObject): boolean {
  return (
    !error.schemaPath.includes('/oneOf/') && !(error.keyword === 'enum' && typeof error.data !== 'string')
  )
}

/** Of the alternatives of an `anyOf`, the errors of the one that was meant: the one whose type fits. */
function meantBranches(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  return errors.filter((error) => {
    if (error.keyword === 'type') return !/\/anyOf\/\d+\/type$/.test(error.schemaPath)
    return error.keyword !== 'anyOf' || !errors.some((other) => isWithin(other, error))
  })
}

function isWithin(error: ErrorObject, union: ErrorObject): boolean {
  if (!error.schemaPath.startsWith(`${union.schemaPath}/`)) return false
  if (error.instancePath === union.instancePath) return error.keyword !== 'type'
  return error.instancePath.startsWith(`${union.instancePath}/`)
}
