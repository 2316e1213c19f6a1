/**
 * Autosave: edited files go to this device within a second of an edit, and come back on the next visit.
 *
 *     document ── edited files ──▶ Vault (IndexedDB, else localStorage) ── on reload ──▶ document
 */
import { editedFiles, useDocument } from '../stores/document.ts'

/** What is kept of one project: only the files that differ from the project as it was opened. */
export interface Saved {
  readonly id: string
  readonly files: Readonly<Record<string, string>>
  readonly at: number
}

export interface Vault {
  read(id: string): Promise<Saved | undefined>
  write(saved: Saved): Promise<void>
  /** The project that was open last. */
  readLast(): Promise<string | undefined>
  writeLast(id: string): Promise<void>
}

const storeName = 'projects'
const lastKey = '@last'

const isSaved = (value: unknown): value is Saved => {
  if (typeof value !== 'object' || value === null) return false
  const { id, files, at } = value as Record<string, unknown>
  return (
    typeof id === 'string' &&
    typeof at === 'number' &&
    typeof files === 'object' &&
    files !== null &&
    Object.values(files).every((text) => typeof text === 'string')
  )
}

const answered = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((done, failed) => {
    request.onsuccess = () => done(request.result)
    request.onerror = () => failed(request.error ?? new Error('storage refused'))
  })

async function openDatabase(): Promise<Vault> {
  const request = indexedDB.open('tilescope', 1)
  request.onupgradeneeded = () => request.result.createObjectStore(storeName)
  const database = await answered(request)
  const store = (mode: IDBTransactionMode) =>
    database.transaction(storeName, mode).objectStore(storeName)
  return {
    async read(id) {
      const found: unknown = await answered(store('readonly').get(id))
      return isSaved(found) ? found : undefined
    },
    async write(saved) {
      await answered(store('readwrite').put(saved, saved.id))
    },
    async readLast() {
      const found: unknown = await answered(store('readonly').get(lastKey))
      return typeof found === 'string' ? found : undefined
    },
    async writeLast(id) {
      await answered(store('readwrite').put(id, lastKey))
    },
  }
}

/** A vault on anything shaped like localStorage. */
export function storageVault(storage: Pick<Storage, 'getItem' | 'setItem'>): Vault {
  const key = (id: string) => `tilescope.project.${id}`
  return {
    async read(id) {
      try {
        const found: unknown = JSON.parse(storage.getItem(key(id)) ?? 'null')
        return isSaved(found) ? found : undefined
      } catch {
        return undefined
      }
    },
    async write(saved) {
      storage.setItem(key(saved.id), JSON.stringify(saved))
    },
    async readLast() {
      return storage.getItem(key(lastKey)) ?? undefined
    },
    async writeLast(id) {
      storage.setItem(key(lastKey), id)
    },
  }
}

/** The best storage this browser gives, or undefined when it gives none. */
export async function openVault(): Promise<Vault | undefined> {
  try {
    return await openDatabase()
  } catch {
    try {
      return storageVault(localStorage)
    } catch {
      return undefined
    }
  }
}

const delayMs = 600

/** Saves the open project soon after each edit and when the page is hidden. Answers how to stop. */
export function startAutosave(vault: Vault | undefined): () => void {
  let pending: ReturnType<typeof setTimeout> | undefined
  const save = () => {
    clearTimeout(pending)
    pending = undefined
    const state = useDocument.getState()
    if (!state.id) return
    const saved: Saved = { id: state.id, files: editedFiles(state), at: Date.now() }
    if (!vault) {
      state.noteSaveProblem('This browser keeps nothing for this page: edits last until you leave.')
      return
    }
    vault.write(saved).then(
      () => {
        if (useDocument.getState().id === saved.id) useDocument.getState().noteSaved(saved.at)
      },
      () => useDocument.getState().noteSaveProblem('The storage of this device is full.'),
    )
  }
  const stopWatching = useDocument.subscribe((now, before) => {
    if (now.id === before.id && now.files !== before.files) {
      pending ??= setTimeout(save, delayMs)
    }
  })
  const hidden = () => {
    if (document.visibilityState === 'hidden' && pending !== undefined) save()
  }
  document.addEventListener('visibilitychange', hidden)
  return () => {
    clearTimeout(pending)
    stopWatching()
    document.removeEventListener('visibilitychange', hidden)
  }
}
