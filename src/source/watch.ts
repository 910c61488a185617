import { relative, sep } from 'node:path'
import { watch } from 'chokidar'
import { SimplaneError } from '../domain/error.ts'
import type { Duration } from '../domain/time.ts'
import { isHidden } from './admission.ts'

const SETTLE: Duration = 200

/**
 * Calls back with the paths that changed below `root`, once nothing has changed for `settle` ms. Resolves when it
 * watches, so that no change after that is missed. Dot-files and what editors put beside a file are left out.
 */
export async function watchFolder(
  root: string,
  name: string,
  changed: (paths: readonly string[]) => void,
  settle: Duration = SETTLE,
): Promise<AsyncDisposable> {
  const pending = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  const watcher = watch(root, {
    ignoreInitial: true,
    followSymlinks: false,
    ignored: (path) => isIgnored(relativeTo(root, path)),
  })
  const later = (path: string) => {
    pending.add(relativeTo(root, path))
    clearTimeout(timer)
    timer = setTimeout(() => {
      const paths = [...pending].sort()
      pending.clear()
      changed(paths)
    }, settle)
  }
  await ready(watcher, name)
  watcher.on('all', (_event, path) => later(path))
  // A watch that broke may have missed anything: have everything looked at.
  watcher.on('error', () => later(root))
  return {
    async [Symbol.asyncDispose]() {
      clearTimeout(timer)
      await watcher.close()
    },
  }
}

async function ready(watcher: ReturnType<typeof watch>, name: string): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      watcher.once('ready', resolve)
      watcher.once('error', reject)
    })
  } catch (error) {
    await watcher.close()
    const why = error instanceof Error ? error.message : String(error)
    throw new SimplaneError('source-unreachable', `${name} cannot be watched: ${why}.`, {
      hint: 'On Linux, raise fs.inotify.max_user_watches; changes are still found on schedule.',
      cause: error,
    })
  }
}

function isIgnored(path: string): boolean {
  return isHidden(path) || path.endsWith('~') || /(?:^|\/)4913$|\.sw[a-p]$/.test(path)
}

function relativeTo(root: string, path: string): string {
  return relative(root, path).split(sep).join('/')
}
