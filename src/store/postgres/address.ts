/** Where a database is, for messages: host, port and name, and never a user or a password of its URL. */
export function addressOf(url: string): string {
  if (!URL.canParse(url)) return 'the PostgreSQL database'
  const { hostname, port, pathname, searchParams } = new URL(url)
  // A server on this machine may be reached through a socket in a folder.
  const host = searchParams.get('host') ?? hostname
  const place = host.startsWith('/') || port === '' ? host : `${host}:${port}`
  return `the PostgreSQL database ${nameIn(pathname)}${place === '' ? '' : ` at ${place}`}`
}

function nameIn(pathname: string): string {
  try {
    return decodeURIComponent(pathname.slice(1))
  } catch {
    return pathname.slice(1)
  }
}

/** The address at the beginning of a sentence. */
export function capital(address: string): string {
  return address.slice(0, 1).toUpperCase() + address.slice(1)
}
