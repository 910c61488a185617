import { constants, randomUUID, sign, X509Certificate } from 'node:crypto'
import { MINUTE, SECOND, type Instant } from '../../domain/time.ts'

/** How the application proves who it is. `pem`: its private key (RSA) and the certificate that Entra knows it by. */
export type Credential =
  | { readonly kind: 'secret'; readonly secret: string }
  | { readonly kind: 'certificate'; readonly pem: string }

/** An assertion is good for so long. */
const LASTS = 5 * MINUTE

/**
 * The part of a token request that carries the credential. A certificate signs an assertion as Entra documents it
 * (private_key_jwt: PS256, thumbprint `x5t#S256`, at most ten minutes). Throws what Node says of a text that is no key or
 * no certificate.
 */
export function credentialForm(
  credential: Credential,
  clientId: string,
  audience: string,
  now: Instant,
): Readonly<Record<string, string>> {
  if (credential.kind === 'secret') return { client_secret: credential.secret }
  const { pem } = credential
  const thumbprint = Buffer.from(new X509Certificate(pem).fingerprint256.replaceAll(':', ''), 'hex')
  const head = { alg: 'PS256', typ: 'JWT', 'x5t#S256': thumbprint.toString('base64url') }
  const seconds = Math.floor(now / SECOND)
  const claims = {
    aud: audience,
    iss: clientId,
    sub: clientId,
    jti: randomUUID(),
    nbf: seconds,
    iat: seconds,
    exp: seconds + LASTS / SECOND,
  }
  const text = [head, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  const signature = sign('sha256', Buffer.from(text), {
    key: pem,
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
  })
  return {
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: `${text}.${signature.toString('base64url')}`,
  }
}
