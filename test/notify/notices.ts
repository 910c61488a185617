import type { Notice } from '../../src/domain/notice.ts'
import { MONDAY } from '../clock.ts'

/** A notice as the reconciler makes them. */
export function notice(more: Partial<Notice> = {}): Notice {
  return {
    id: 'drift-found:fleet:1',
    kind: 'drift-found',
    severity: 'warning',
    at: MONDAY,
    subject: 'fleet',
    title: '14 devices drifted from 1f3c9aa',
    lines: ['6 removed on the device: they repair themselves', '5 changed outside: simplane approve h-44c0'],
    data: { devices: 14, revision: '1f3c9aa' },
    devices: ['simulator/5CG40007'],
    url: 'https://git.acme.example/esim/issues/7?a=1&b=2',
    ...more,
  }
}

/** What tries to be obeyed: mentions, links, Markdown, HTML, controls, entities, what is not seen. */
export const HOSTILE: readonly string[] = [
  '<!channel> <!here|x> <@U012AB3CD> <#C123ABC456> <!subteam^SAZ94GDB8>',
  '@here @channel @everyone #general <at>Ann</at>',
  '<https://evil.example|simplane> https://evil.example/x?y=1',
  '[simplane](https://evil.example) ![x](https://evil.example/x.png) **b** _i_ ~s~ `c`',
  '&lt;!channel&gt; &amp;lt;!here&amp;gt; &#60;!channel&#62;',
  '<img src=x onerror=alert(1)> <script>alert(1)</script>',
  'one\ntwo\r\nthree\u2028four\u0000five\u001b[31m',
  '\u202etxet\u202c \u200b\u2066<!channel>\u2069 \udc00\ud800',
  '{{DATE(2026-11-23T08:00:00Z)}} ${title} @{triggerBody()}',
  '<'.repeat(4_000),
  '&'.repeat(4_000),
  '😀'.repeat(4_000),
  '"\\'.repeat(20_000),
]
