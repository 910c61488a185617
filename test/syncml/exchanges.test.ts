import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { writeMessage } from '../../src/syncml/write.ts'
import { STORIES, type Exchange, type Story } from './exchange-stories.ts'
import type { WindowsDevice } from './device/device.ts'
import { heard, HEADER } from './talk.ts'

const FOLDER = new URL('exchanges/', import.meta.url)

/** XML on lines of its own, for people. */
function pretty(xml: string): string {
  let depth = 0
  return xml
    .replaceAll('><', '>\n<')
    .split('\n')
    .map((line) => {
      if (line.startsWith('</')) depth -= 1
      const indented = `${'  '.repeat(depth)}${line}`
      if (/^<[^/][^>]*[^/]>$/.test(line)) depth += 1
      return indented
    })
    .join('\n')
}

function squeezed(xml: string): string {
  return xml.replaceAll(/>\s+</g, '><').trim()
}

type Recorded = { readonly request: string; readonly response: string; readonly means: unknown }

/** The blocks of a page, an exchange each. */
function recorded(text: string): readonly Recorded[] {
  return text
    .split('\n## ')
    .slice(1)
    .map((part) => {
      const [request = '', response = ''] = [...part.matchAll(/```xml\n([^]*?)\n```/g)].map(
        (match) => match[1],
      )
      const means = /```json\n([^]*?)\n```/.exec(part)?.[1] ?? 'null'
      return { request, response, means: JSON.parse(means) }
    })
}

function requestOf({ commands }: Exchange, at: number): string {
  return writeMessage({ ...HEADER, messageId: at + 1 }, commands)
}

function tell(device: WindowsDevice, exchange: Exchange, at: number): Recorded {
  if (exchange.second !== undefined) device.setClock(exchange.second * 1_000)
  const request = requestOf(exchange, at)
  const response = device.exchange(request)
  return { request, response, means: exchange.means([heard(response)]) }
}

function write(story: Story): string {
  const device = story.device()
  const parts = story.exchanges().map((exchange, at) => {
    const { request, response, means } = tell(device, exchange, at)
    return [
      `## ${at + 1}. ${exchange.says.replace(/\.$/, '')}`,
      'simplane sends',
      `\`\`\`xml\n${pretty(request)}\n\`\`\``,
      'The device answers',
      `\`\`\`xml\n${pretty(response)}\n\`\`\``,
      'What simplane makes of it',
      `\`\`\`json\n${JSON.stringify(means, null, 2)}\n\`\`\``,
    ].join('\n\n')
  })
  return [`# ${story.title}`, story.about, ...parts].join('\n\n') + '\n'
}

if (process.env['UPDATE_GOLDEN'] === '1') {
  for (const story of STORIES) writeFileSync(new URL(story.file, FOLDER), write(story))
}

describe.each(STORIES)('the recorded exchange $file', (story) => {
  const url = new URL(story.file, FOLDER)
  const pages = existsSync(url) ? recorded(readFileSync(url, 'utf8')) : []

  it('is what simplane sends, to the letter', () => {
    expect(pages.map(({ request }) => squeezed(request))).toEqual(story.exchanges().map(requestOf))
  })

  it('is what a device built from the reference answers to that text', () => {
    const device = story.device()
    for (const [at, { second }] of story.exchanges().entries()) {
      if (second !== undefined) device.setClock(second * 1_000)
      const { request, response } = pages[at]!
      expect(device.exchange(request)).toBe(squeezed(response))
    }
  })

  it('means what the page says, read from its own text', () => {
    for (const [at, { means }] of story.exchanges().entries()) {
      const page = pages[at]!
      expect(JSON.parse(JSON.stringify(means([heard(page.response)])))).toEqual(page.means)
    }
  })
})

describe('the recorded exchanges', () => {
  it('are all told by a story', () => {
    const files = readdirSync(FOLDER).filter((name) => name !== 'README.md')
    expect(files.sort()).toEqual(STORIES.map(({ file }) => file).sort())
  })
})
