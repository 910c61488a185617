import { randomUUID } from 'node:crypto'
import type { FakeHost } from './hosts.ts'
import { converse } from './profiles.ts'
import { complain, missing, ok, type Said, type State } from './state.ts'

/** The endpoints of labels, configuration profiles and live queries. */
export function openControls({ hosts, labels, profiles, dials, tier, teamKey }: State) {
  function createLabel({ name, host_ids: ids }: { name: string; host_ids: number[] }): Said {
    if (labels.has(name)) return complain(409, 'Resource Already Exists', `label ${name} already exists`)
    // A label without hosts is one that a query fills.
    const manual = Array.isArray(ids) && ids.length > 0
    labels.set(name, { manual })
    for (const id of ids) hosts.get(id)?.labels.add(name)
    const type = manual ? 'manual' : 'dynamic'
    return ok({ label: { id: labels.size + 20, name, label_type: 'regular', label_membership_type: type } })
  }

  function changeLabels(host: FakeHost, body: string, how: 'add' | 'delete'): Said {
    const { labels: names } = JSON.parse(body) as { labels: string[] }
    const strange = names.find((name) => labels.get(name)?.manual !== true)
    if (strange !== undefined)
      return complain(400, 'Bad request', `Couldn't ${how} labels. Labels not found: "${strange}"`)
    for (const name of names) host.labels[how](name)
    return ok({})
  }

  function listProfiles(query: URLSearchParams): Said {
    const team = Number(query.get('team_id') ?? query.get('fleet_id') ?? 0)
    const [page, size] = [Number(query.get('page') ?? 0), Number(query.get('per_page') ?? 20)]
    const all = profiles.filter((each) => each.team === team)
    return ok({
      profiles: all.slice(page * size, (page + 1) * size).map(({ uuid, name, labels: wanted }) => ({
        profile_uuid: uuid,
        [`${teamKey}_id`]: team,
        name,
        platform: 'windows',
        checksum: 'aCLemVr)',
        ...(wanted.length === 0
          ? {}
          : { labels_include_all: wanted.map((label, id) => ({ id: id + 21, ...label })) }),
      })),
      meta: { has_next_results: all.length > (page + 1) * size, has_previous_results: page > 0 },
    })
  }

  function addProfile(body: string): Said {
    const parts = body
      .split(`--${body.slice(2, body.indexOf('\r\n'))}`)
      .map((part) => /name="([^"]+)"(?:; filename="([^"]+)\.xml")?[^]*?\r\n\r\n([^]*)\r\n$/.exec(part) ?? [])
    const field = (key: string): readonly string[] =>
      parts.filter((part) => part[1] === key).map((part) => part[3] ?? '')
    const name = parts.find((part) => part[1] === 'profile')?.[2] ?? ''
    const xml = field('profile')[0] ?? ''
    const wanted = field('labels_include_all')
    const team = Number(field('team_id')[0] ?? field('fleet_id')[0] ?? 0)
    if (wanted.length > 0 && tier === 'free')
      return complain(402, 'Requires Fleet Premium license', 'missing or invalid license')
    if (wanted.some((each) => !labels.has(each)))
      return complain(400, 'Bad request', "Couldn't add. Label doesn't exist.")
    if (!/^\s*<(Atomic|Add|Replace)>/.test(xml))
      return complain(
        422,
        'Validation Failed',
        'Windows configuration profiles can only have <Replace> or <Add> top level elements.',
      )
    if (profiles.some((each) => each.name === name && each.team === team))
      return complain(
        409,
        'Resource Already Exists',
        `Couldn't add. A configuration profile with this name already exists.`,
      )
    const uuid = `w${randomUUID()}`
    profiles.push({
      uuid,
      team,
      name,
      xml,
      labels: dials.forgetsLabels ? [] : wanted.map((each) => ({ name: each })),
    })
    return ok({ profile_uuid: uuid })
  }

  function deleteProfile(uuid: string): Said {
    const at = profiles.findIndex((each) => each.uuid === uuid)
    if (at === -1) return missing()
    profiles.splice(at, 1)
    return ok({})
  }

  function liveQuery(host: FakeHost, sql: string): Said {
    const answer = { host_id: host.id, query: sql }
    if (!host.online) return ok({ ...answer, status: 'offline', error: null, rows: null })
    const body =
      /^SELECT raw_mdm_command_output FROM mdm_bridge WHERE mdm_command_input = '<SyncBody>(.*)<\/SyncBody>'$/.exec(
        sql,
      )?.[1]
    if (body === undefined || dials.bridge === 'unsupported') {
      const error =
        'error generating table: mdm command execution: there was an error calling ApplyLocalManagementSyncML(): (0x80070032)'
      return ok({ ...answer, status: 'online', error, rows: null })
    }
    return ok({
      ...answer,
      status: 'online',
      error: null,
      rows: [{ raw_mdm_command_output: converse(host, body) }],
    })
  }

  return { createLabel, changeLabels, listProfiles, addProfile, deleteProfile, liveQuery }
}
