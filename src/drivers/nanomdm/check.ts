import type { Check } from '../../domain/check.ts'
import { readAddress } from '../../exchange/address.ts'
import type { Answer, Call } from '../../exchange/answer.ts'
import { openExchange } from '../../exchange/exchange.ts'
import type { NanoMdmOptions } from './nanomdm.ts'

const VERSION: Call = { endpoint: 'version', method: 'GET', path: '/version', repeatable: true, open: true }

/**
 * Is NanoMDM there, and does it take the API key? The key is tried on the address of push certificates, which answers
 * nothing to a GET without a topic and changes nothing. Whether devices can be woken NanoMDM says only when one is.
 */
export async function checkNanoMdm(options: NanoMdmOptions): Promise<readonly Check[]> {
  const { name, base = '/v1', user = 'nanomdm', apiKey } = options
  const address = readAddress(options.address, `driver ${name}`)
  const authorization = (): string => `Basic ${Buffer.from(`${user}:${apiKey()}`).toString('base64')}`
  await using exchange = openExchange({ ...options, address, authorization })
  const version = await exchange.send(VERSION)
  if (version.kind !== 'answered') return [{ result: 'fail', ...silence(version, options.address) }]
  if (version.status !== 200)
    return [{ result: 'fail', ...another(options.address, '/version', version.status) }]
  const tried = await exchange.send({
    endpoint: 'pushcert',
    method: 'GET',
    path: `${base}/pushcert`,
    repeatable: true,
    // It complains of the missing topic, as 400 or 500 by version.
    isAnswer: () => true,
  })
  return [
    { result: 'ok', message: `${options.address} answers${versionIn(version.body)}` },
    judged(tried, options),
  ]
}

function judged(tried: Answer, { address, base = '/v1', user = 'nanomdm' }: NanoMdmOptions): Check {
  if (tried.kind !== 'answered') return { result: 'fail', ...silence(tried, address) }
  if (tried.status === 401 || tried.status === 403) {
    const message = `it does not take the API key of ${user}`
    return {
      result: 'fail',
      message,
      hint: 'apiKey must be what -api was given, and user nanomdm (NanoHUB: nanohub).',
    }
  }
  if (tried.status === 404) return { result: 'fail', ...another(address, `${base}/pushcert`, 404) }
  return { result: 'ok', message: `it takes the API key of ${user}` }
}

function silence(answer: Exclude<Answer, { kind: 'answered' }>, address: string): Omit<Check, 'result'> {
  const why = answer.kind === 'throttled' ? 'it wants to be left alone' : answer.why
  return {
    message: `${address} does not answer: ${why}`,
    hint: 'Check the address, the network between, and ca.',
  }
}

function another(address: string, path: string, status: number): Omit<Check, 'result'> {
  return {
    message: `${address} has no ${path} (HTTP ${status})`,
    hint: 'base is /v1 for NanoMDM, which has an API only with -api, and /api/v1/nanomdm for NanoHUB.',
  }
}

function versionIn(body: string): string {
  const [, version] = /"version"\s*:\s*"([\w.+-]{1,40})"/.exec(body) ?? []
  return version === undefined ? '' : `, version ${version}`
}
