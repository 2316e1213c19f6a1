/** Project folders on disk as the builder wants them. */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import type { ProfileId } from '../../device/tiles.ts'
import { profileNamed } from '../../device/profiles.ts'
import { UsageError } from './arguments.ts'

/** Files beyond this size are data. */
const textSuffixes = /\.(json|jsonc|mlir|cc|cpp|cxx|c|h|hpp|asm|hex|md|txt)$/

/** Reads a folder: text files as text, all others as bytes. Hidden folders and node_modules are left out. */
export function readFolder(folder: string): Map<string, string | Uint8Array> {
  const files = new Map<string, string | Uint8Array>()
  const visit = (at: string) => {
    const entries = readdirSync(at, { withFileTypes: true })
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(at, entry.name)
      if (entry.name.startsWith('.') || entry.name === 'node_modules') continue
      if (entry.isDirectory()) visit(path)
      else {
        const content = readOne(path)
        if (content !== undefined) files.set(relative(folder, path).split(sep).join('/'), content)
      }
    }
  }
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new UsageError(`there is no folder '${folder}'`)
  }
  visit(folder)
  return files
}

/** Links to folders and to nowhere are no files. */
function readOne(path: string): string | Uint8Array | undefined {
  const bytes = readIfFile(path)
  return textSuffixes.test(path) ? bytes?.toString('utf8') : bytes
}

/** The bytes of a file; undefined for what is none or cannot be read, whatever its name is like. */
export function readIfFile(path: string): Buffer | undefined {
  try {
    return statSync(path).isFile() ? readFileSync(path) : undefined
  } catch {
    return undefined
  }
}

/** The bytes of a file that the command line names, or a usage error. */
export function readNamed(path: string): Buffer {
  const bytes = readIfFile(path)
  if (!bytes) throw new UsageError(`there is no file '${path}' to read`)
  return bytes
}

/** Writes a file that the command line names, or a usage error. */
export function writeNamed(path: string, content: string | Uint8Array): void {
  attempt(path, () => writeFileSync(path, content))
}

/** Makes a folder that the command line names, with those around it, or a usage error. */
export function makeFolder(path: string): void {
  attempt(path, () => mkdirSync(path, { recursive: true }))
}

function attempt(path: string, write: () => void): void {
  try {
    write()
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new UsageError(`'${path}' cannot be written: ${why}`)
  }
}

/** The profile a word means, or a usage error that lists what there is. */
export function deviceOption(word: string | undefined): ProfileId | undefined {
  if (word === undefined) return undefined
  const profile = profileNamed(word)
  if (!profile) throw new UsageError(`unknown device '${word}'; there are aie4, npu4 and npu1`)
  return profile
}
