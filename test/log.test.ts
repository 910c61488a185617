import { describe, expect, it } from 'vitest'
import { openLog, type LogOptions } from '../src/log/winston.ts'

function written(options: Partial<LogOptions>, tell: (log: ReturnType<typeof openLog>) => void): string[] {
  const lines: string[] = []
  tell(openLog({ format: 'json', level: 'debug', write: (line) => void lines.push(line), ...options }))
  return lines
}

describe('the log', () => {
  it('is one JSON object a line, with the ids of what it speaks about', () => {
    const [line = ''] = written({}, (log) =>
      log.info('proven', 'install', { run: 3, revision: '1f3c', device: 'mdm/d-1', step: 'ab' }),
    )
    expect(line.endsWith('\n')).toBe(true)
    expect(JSON.parse(line)).toMatchObject({
      level: 'info',
      event: 'proven',
      message: 'install',
      run: 3,
      revision: '1f3c',
      device: 'mdm/d-1',
      step: 'ab',
    })
  })

  it('leaves out what is below its level, and what something else shows', () => {
    const lines = written({ level: 'warn', hidden: new Set(['refused']) }, (log) => {
      log.info('read', 'quiet')
      log.error('refused', 'shown elsewhere')
      log.warn('incomplete', 'told')
    })
    expect(lines).toHaveLength(1)
  })

  it.each(['json', 'human'] as const)('never writes a secret, as %s', (format) => {
    const lines = written({ format, secrets: ['ghp_0123456789'] }, (log) =>
      log.error('source-unreachable', 'https://x:ghp_0123456789@git.example refused', {
        header: 'Bearer ghp_0123456789',
      }),
    )
    expect(lines.join('')).not.toContain('ghp_0123456789')
    expect(lines.join('')).toContain('[redacted]')
  })

  it('shows a terminal what it would obey', () => {
    const [line = ''] = written({ format: 'human' }, (log) => log.warn('failed', 'LAP\u001b[2J\u202egnp'))
    for (const sign of ['\u001b', '\u202e']) expect(line).not.toContain(sign)
    expect(line).toContain('LAP')
  })
})
