import { resolve } from 'node:path'
import { SimplaneError } from '../domain/error.ts'

/** Where a repository is, checked: what git is given, the one protocol it may use, and the name for people. */
export type RepoAddress = {
  readonly url: string
  readonly protocol: 'https' | 'ssh' | 'file'
  readonly name: string
}

const SCP_LIKE = /^[A-Za-z0-9_][A-Za-z0-9_.-]*@[A-Za-z0-9[][A-Za-z0-9.:[\]-]*:(?!:)[^\s]+$/
const ACCEPTED = 'https://host/path, ssh://user@host/path, user@host:path or a local folder'

/**
 * Reads a repository address: https, ssh, or a folder of this machine. Everything else git knows (`ext::` runs
 * programs, `http` and `git` are readable on the wire) throws `settings`, and so does a password in the address.
 */
export function parseAddress(text: string): RepoAddress {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):(?:\/\/|:)/.exec(text)?.[1]?.toLowerCase()
  if (text.trim() === '' || /[\p{Cc}\p{Zl}\p{Zp}]/u.test(text))
    throw refused('is empty or holds control characters')
  if (scheme === 'https' || scheme === 'ssh') return parseUrl(text, scheme)
  if (scheme !== undefined) throw refused(`has the scheme ${scheme}, which is not accepted`)
  if (SCP_LIKE.test(text)) return { url: text, protocol: 'ssh', name: text }
  if (/^[^/.][^/]*:/.test(text)) throw refused('is neither a URL nor a folder')
  if (text.startsWith('-')) throw refused('begins with a dash')
  return { url: resolve(text), protocol: 'file', name: text }
}

function parseUrl(text: string, protocol: 'https' | 'ssh'): RepoAddress {
  if (!URL.canParse(text)) throw refused('is no URL')
  const url = new URL(text)
  if (url.password !== '' || (protocol === 'https' && url.username !== '')) {
    throw refused(
      'holds a user name or password',
      'Set source.auth instead: what stands in an address ends up in logs.',
    )
  }
  // A host or user that begins with a dash would be an option of ssh (CVE-2017-1000117).
  if (url.hostname === '' || url.hostname.startsWith('-') || url.username.startsWith('-'))
    throw refused('has no usable host')
  if (url.search !== '' || url.hash !== '') throw refused('has a query or fragment')
  return { url: text, protocol, name: text }
}

function refused(why: string, hint = `Write ${ACCEPTED}.`): SimplaneError {
  return new SimplaneError('settings', `The address in source.repo ${why}. The repository is not opened.`, {
    hint,
  })
}
