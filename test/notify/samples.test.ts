import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import { NOTICE_KINDS } from '../../src/domain/notice.ts'
import { noticeEvent } from '../../src/report/notice-event.ts'
import { readKeys, signature } from '../../src/notify/signature.ts'
import { ROOT, temporary } from '../cli/harness.ts'
import { KEY } from './fakes/receiver.ts'
import { notice } from './notices.ts'

const PAGE = readFileSync(join(ROOT, 'docs/notifications.md'), 'utf8')
const NOW = 1_795_420_800
const BODY = JSON.stringify(noticeEvent(notice({ title: 'é 😀 "quoted"' }), '/simplane', false))
const HEADERS = {
  'webhook-id': 'n-1',
  'webhook-timestamp': String(NOW),
  'webhook-signature': `v1,AAAA ${signature(readKeys(KEY, 'hook'), 'n-1', NOW, BODY)}`,
}

type Case = {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly now: number
}

const GOOD: Case = { headers: HEADERS, body: BODY, now: NOW + 299 }
const BAD: readonly Case[] = [
  { ...GOOD, body: `${BODY} ` },
  { ...GOOD, now: NOW + 301 },
  { ...GOOD, now: NOW - 301 },
  { ...GOOD, headers: { ...HEADERS, 'webhook-id': 'n-2' } },
  { ...GOOD, headers: { ...HEADERS, 'webhook-timestamp': String(NOW + 1) } },
  { ...GOOD, headers: { ...HEADERS, 'webhook-timestamp': 'soon' } },
  { ...GOOD, headers: { ...HEADERS, 'webhook-signature': '' } },
  { ...GOOD, headers: { ...HEADERS, 'webhook-signature': 'v1' } },
  {
    ...GOOD,
    headers: { ...HEADERS, 'webhook-signature': HEADERS['webhook-signature'].replaceAll('v1', 'v0') },
  },
]

function sample(language: string): string {
  const text = new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'm').exec(PAGE)?.[1]
  if (text === undefined) throw new Error(`no sample in ${language}`)
  return text
}

describe('the samples of the page', () => {
  test('in Node trust what simplane signed, and nothing else', async () => {
    const file = join(temporary(), 'verify.mjs')
    writeFileSync(file, sample('js'))
    const { verify } = (await import(pathToFileURL(file).href)) as {
      verify: (headers: object, body: Buffer, secret: string, now: number) => unknown
    }
    const run = ({ headers, body, now }: Case): unknown =>
      verify(headers, Buffer.from(body), KEY, now * 1_000)
    expect(run(GOOD)).toEqual(JSON.parse(BODY))
    for (const each of BAD) expect(() => run(each)).toThrow(/too old|does not fit/)
  })

  const python = spawnSync('python3', ['-c', 'str.removeprefix'])
  test.skipIf(python.status !== 0)('in Python trust what simplane signed, and nothing else', () => {
    const tail = `
import sys
for each in json.load(sys.stdin):
    try:
        print(json.dumps(verify(each["headers"], each["body"].encode(), "${KEY}", each["now"])))
    except ValueError:
        print("null")
`
    const { stdout, stderr } = spawnSync('python3', ['-c', sample('python') + tail], {
      input: JSON.stringify([GOOD, ...BAD]),
      encoding: 'utf8',
    })
    expect(stderr).toBe('')
    const [good, ...bad] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown)
    expect(good).toEqual(JSON.parse(BODY))
    expect(bad).toEqual(BAD.map(() => null))
  })
})

test('the page names every event, and the schema knows each', () => {
  const rows = [...PAGE.matchAll(/^\| `([a-z-]+)` \| `(?:error|warning|info)` \|/gm)].map(([, kind]) => kind)
  expect(rows).toEqual([...NOTICE_KINDS])
  const schema = JSON.parse(readFileSync(join(ROOT, 'schemas/settings.schema.json'), 'utf8')) as {
    $defs: { channel: { properties: { events: { items: { enum: readonly string[] } } } } }
  }
  expect(schema.$defs.channel.properties.events.items.enum).toEqual([...NOTICE_KINDS])
})
