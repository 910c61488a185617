import { tell, type Context, type Told } from './context.ts'
import { instantOf, objectOf, textOf } from './json.ts'
import type { Target } from './rows.ts'
import { assignmentOf, groupOf, policyOf } from './targets.ts'
import { unreachable } from './trouble.ts'

const POLICIES = '/v1.0/deviceManagement/deviceConfigurations'

type Ready = { readonly kind: 'ready'; readonly policy: string; readonly group: string }
type NotReady = Exclude<Told, { kind: 'ok' }>

/** One target is made by one caller at a time: Graph takes names twice. */
const making = new WeakMap<Context, Map<string, Promise<Ready | NotReady>>>()

/**
 * Sees to a target: its configuration, its group and the assignment. Each is looked for before it is made, by its id and
 * then by its name, so that a call whose answer was lost makes no twin; of twins the oldest counts.
 */
export function ensureTarget(context: Context, target: Target): Promise<Ready | NotReady> {
  const under = making.get(context) ?? new Map<string, Promise<Ready | NotReady>>()
  making.set(context, under)
  const now = under.get(target.name) ?? make(context, target).finally(() => under.delete(target.name))
  under.set(target.name, now)
  return now
}

async function make(context: Context, target: Target): Promise<Ready | NotReady> {
  const { memory } = context
  const known = memory.read((rows) => rows.target(target.name)) ?? target
  const policy = await policyId(context, known)
  if (typeof policy !== 'string') return policy
  const group = await groupId(context, known)
  if (typeof group !== 'string') return group
  memory.write((rows) => rows.setTarget({ ...known, policy, group }))
  const assigned = await context.graph.get('assignments', `${POLICIES}/${policy}/assignments`)
  const targets = (objectOf(assigned)?.['value'] as readonly unknown[] | undefined) ?? []
  const isOurs = targets.map((each) => textOf(objectOf(objectOf(each)?.['target'])?.['groupId']))
  if (isOurs.length === 1 && isOurs[0] === group) return { kind: 'ready', policy, group }
  const body = assignmentOf(group)
  const told = await tell(context, {
    endpoint: 'assign',
    method: 'POST',
    path: `${POLICIES}/${policy}/assign`,
    body,
    repeatable: true,
  })
  return told.kind === 'ok' ? { kind: 'ready', policy, group } : told
}

async function policyId(context: Context, target: Target): Promise<string | NotReady> {
  const { graph } = context
  const id =
    target.policy ??
    (await oldest(
      context,
      'configurations',
      `${POLICIES}?$select=id,displayName,createdDateTime`,
      target.name,
    ))
  const policy =
    id === undefined ? undefined : objectOf(await graph.get('configuration', `${POLICIES}/${id}`))
  if (id !== undefined && policy !== undefined) {
    if (settingsOf(policy) === settingsOf(objectOf(policyOf(target)) ?? {})) return id
    const message = `Somebody changed the configuration "${target.name}" in Intune: delete it there, it is made anew.`
    return { kind: 'refused', status: 200, code: 'configuration-changed', message }
  }
  if (target.policy !== undefined) return policyId(context, withoutPolicy(target))
  return await create(context, 'configuration', POLICIES, policyOf(target))
}

async function groupId(context: Context, target: Target): Promise<string | NotReady> {
  const { graph } = context
  const quoted = encodeURIComponent(`displayName eq '${target.name.replaceAll("'", "''")}'`)
  const query = `$filter=${quoted}&$select=id,displayName,createdDateTime`
  if (target.group !== undefined) {
    if ((await graph.get('group', `/v1.0/groups/${target.group}?$select=id`)) !== undefined)
      return target.group
  }
  const id = await oldest(context, 'groups', `/v1.0/groups?${query}`, target.name)
  return id ?? (await create(context, 'group', '/v1.0/groups', groupOf(target)))
}

function withoutPolicy({ policy: _policy, ...target }: Target): Target {
  return target
}

/** What a configuration sets, for comparing. */
function settingsOf(policy: object): string {
  const settings = (objectOf(policy)?.['omaSettings'] ?? []) as readonly unknown[]
  return settings
    .map((each) => `${textOf(objectOf(each)?.['omaUri'])}=${String(objectOf(each)?.['value'])}`)
    .toSorted()
    .join('\n')
}

async function oldest(
  { graph }: Context,
  what: string,
  path: string,
  name: string,
): Promise<string | undefined> {
  const found: { readonly id: string; readonly at: number }[] = []
  for await (const page of graph.list(what, path)) {
    for (const each of page.map(objectOf)) {
      const id = textOf(each?.['id'])
      if (id !== undefined && each?.['displayName'] === name)
        found.push({ id, at: instantOf(each['createdDateTime']) ?? Infinity })
    }
  }
  return found.toSorted((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1))[0]?.id
}

async function create(
  context: Context,
  endpoint: string,
  path: string,
  body: object,
): Promise<string | NotReady> {
  const told = await tell(context, { endpoint, method: 'POST', path, body, repeatable: false })
  if (told.kind !== 'ok') return told
  const id = textOf(objectOf(told.body)?.['id'])
  if (id === undefined) throw unreachable(context.driver, `the ${endpoint} that it made has no id`)
  return id
}
