import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

const FIXTURES = join(import.meta.dirname, 'fixtures')
/** The certificate that its clients must trust. */
export const AUTHORITIES = join(FIXTURES, 'loopback-cert.pem')

/** What it was asked, in order. */
export type AskedOfGit = { readonly url: string; readonly authorization: string | undefined }

/** git's own server over https on the loopback. */
export type GitServer = AsyncDisposable & { readonly origin: string; readonly asked: AskedOfGit[] }

/** Serves every repository below `root` to whoever shows these credentials; below /moved it redirects. */
export async function openGitServer(root: string, authorization: string): Promise<GitServer> {
  const asked: AskedOfGit[] = []
  const server = createServer(
    { key: readFileSync(join(FIXTURES, 'loopback-key.pem')), cert: readFileSync(AUTHORITIES) },
    (request, response) => {
      const url = new URL(request.url ?? '/', 'https://127.0.0.1')
      asked.push({ url: url.pathname, authorization: request.headers.authorization })
      if (url.pathname.startsWith('/moved')) {
        response.writeHead(301, { location: request.url?.replace('/moved', '') }).end()
        return
      }
      if (request.headers.authorization !== authorization) {
        response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end()
        return
      }
      const backend = spawn('git', ['http-backend'], {
        env: {
          PATH: process.env['PATH'],
          GIT_PROJECT_ROOT: root,
          GIT_HTTP_EXPORT_ALL: '1',
          GIT_CONFIG_GLOBAL: '/dev/null',
          PATH_INFO: url.pathname,
          QUERY_STRING: url.search.slice(1),
          REQUEST_METHOD: request.method,
          CONTENT_TYPE: request.headers['content-type'] ?? '',
          HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
          GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
        },
      })
      request.pipe(backend.stdin)
      const chunks: Buffer[] = []
      backend.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
      backend.on('close', () => {
        const output = Buffer.concat(chunks)
        const end = output.indexOf('\r\n\r\n')
        for (const line of output.toString('latin1', 0, end).split('\r\n')) {
          const [name = '', value = ''] = line.split(': ')
          if (name.toLowerCase() === 'status') response.statusCode = Number(value.slice(0, 3))
          else response.setHeader(name, value)
        }
        response.end(output.subarray(end + 4))
      })
    },
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
