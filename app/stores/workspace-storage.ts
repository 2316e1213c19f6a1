/**
 * Keeps the workspace in localStorage. What comes back is checked key by key: a stored state can change how
 * the page looks and never whether it works.
 */

const storageKey = 'tilescope.workspace.1'

const closedSets: Readonly<Record<string, readonly string[]>> = {
  theme: ['dark', 'light', 'system'],
  stage: ['array', 'memory', 'host', 'partitions', 'monitor', 'device'],
  dockTab: ['timeline', 'events', 'console', 'results', 'problems'],
  codeTab: ['kernel', 'design', 'control', 'host', 'data'],
  stepKind: ['event', 'cycle', 'bundle', 'line', 'operation', 'hostCall'],
  narrating: ['off', 'steps', 'everything'],
  inspectorTab: ['overview', 'registers'],
}

const ranges: Readonly<Record<string, readonly [number, number]>> = {
  speed: [0, 1e12],
  codeSize: [12, 24],
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isBreakpoint = (value: unknown): boolean =>
  isRecord(value) &&
  typeof value['file'] === 'string' &&
  Number.isInteger(value['line']) &&
  (value['line'] as number) > 0 &&
  (value['on'] === undefined || value['on'] === 'barrier')

/** True when `found` can stand where `fresh` stands. */
function fits(key: string, fresh: unknown, found: unknown): boolean {
  const words = closedSets[key]
  if (words) return typeof found === 'string' && words.includes(found)
  const range = ranges[key]
  if (range) return typeof found === 'number' && found >= range[0] && found <= range[1]
  if (key === 'breakpoints') return Array.isArray(found) && found.every(isBreakpoint)
  if (Array.isArray(fresh))
    return Array.isArray(found) && found.every((one) => typeof one === 'string')
  if (key === 'openFiles') {
    return isRecord(found) && Object.values(found).every((file) => typeof file === 'string')
  }
  if (isRecord(fresh)) {
    return (
      isRecord(found) &&
      Object.keys(fresh).every((name) => {
        const value = found[name]
        return typeof value === typeof fresh[name] && (typeof value !== 'number' || isFinite(value))
      })
    )
  }
  return typeof found === typeof fresh
}

/** Keeps of `stored` what fits the shape of `fresh`; everything else is as if it had never been stored. */
export function checkKept<T extends object>(fresh: T, stored: unknown): Partial<T> {
  if (!isRecord(stored)) return {}
  const kept: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(fresh)) {
    if (key in stored && fits(key, value, stored[key])) kept[key] = stored[key]
  }
  return kept as Partial<T>
}

/** `?safe=1` starts with nothing restored. */
export function isSafeStart(): boolean {
  return typeof location !== 'undefined' && new URLSearchParams(location.search).get('safe') === '1'
}

/** Reads what an earlier visit kept, or nothing. */
export function readWorkspace<T extends object>(fresh: T): Partial<T> {
  if (isSafeStart()) return {}
  try {
    return checkKept(fresh, JSON.parse(localStorage.getItem(storageKey) ?? 'null'))
  } catch {
    return {}
  }
}

interface Watched<T> {
  getState(): T
  subscribe(changed: (now: T, before: T) => void): unknown
}

/** Writes the named keys soon after one of them changed; a full or forbidden storage is no reason to stop. */
export function keepWorkspace<T extends object, K extends keyof T>(
  store: Watched<T>,
  keys: K[],
): void {
  if (typeof localStorage === 'undefined') return
  let pending: ReturnType<typeof setTimeout> | undefined
  const write = () => {
    pending = undefined
    const now = store.getState()
    try {
      localStorage.setItem(
        storageKey,
        JSON.stringify(Object.fromEntries(keys.map((key) => [key, now[key]]))),
      )
    } catch {
      // Storage is full or forbidden: the arrangement lasts for this visit only.
    }
  }
  store.subscribe((now, before) => {
    if (keys.some((key) => now[key] !== before[key])) pending ??= setTimeout(write, 300)
  })
}
