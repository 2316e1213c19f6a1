import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

/** Who may import whom. A folder may always import itself. */
const table: Readonly<Record<string, readonly string[]>> = {
  sim: [],
  device: ['sim'],
  artifacts: ['sim', 'device'],
  array: ['sim', 'device', 'artifacts'],
  soc: ['sim', 'device'],
  firmware: ['sim', 'device', 'artifacts', 'soc'],
  driver: ['sim', 'device', 'soc'],
  runtime: ['sim', 'device', 'artifacts', 'driver'],
  languages: ['sim', 'device', 'artifacts'],
  machine: ['sim', 'device', 'artifacts', 'array', 'soc', 'firmware', 'driver', 'runtime'],
  worker: ['machine', 'languages', 'artifacts', 'device', 'sim'],
  app: [],
}

/** The only core files the page may import. */
const door = ['link.ts', 'protocol.ts', 'frame.ts'].map((f) => join('emulator-core', 'worker', f))

/** Word that must not be said below `device`: sim knows nothing about NPUs. */
const aboutNpus = /\b(npu|tile|aie4?|doorbell|amdxdna)\b/i

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')

function sourceFiles(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    if (statSync(path).isDirectory()) return name === 'node_modules' ? [] : sourceFiles(path)
    return /\.tsx?$/.test(name) ? [path] : []
  })
}

function importsOf(text: string): string[] {
  const found = text.matchAll(/(?:from|import)\s*\(?\s*'(\.{1,2}\/[^']+)'/g)
  const workers = text.matchAll(/new URL\('(\.{1,2}\/[^']+)'/g)
  return [...found, ...workers].map((m) => m[1]!)
}

/** `emulator-core/array/...` → `array`; `app/...` → `app`. */
function layerOf(path: string): string {
  const parts = relative(root, path).split(sep)
  return parts[0] === 'emulator-core' ? parts[1]! : parts[0]!
}

const files = [...sourceFiles(join(root, 'emulator-core')), ...sourceFiles(join(root, 'app'))]

function violations(path: string): string[] {
  const from = layerOf(path)
  const isTest = /\.test\.tsx?$/.test(path) || path.includes(`${sep}test-kit${sep}`)
  const allowed = table[from]
  if (!allowed || isTest) return []
  return importsOf(readFileSync(path, 'utf8')).flatMap((target) => {
    const file = relative(root, resolve(dirname(path), target))
    const to = layerOf(resolve(dirname(path), target))
    if (from === to || allowed.includes(to)) return []
    if (from === 'app' && (door.includes(file) || to === 'public')) return []
    return [`${relative(root, path)} imports ${file}`]
  })
}

describe('the import table', () => {
  it('holds for every import of every file', () => {
    expect(files.length).toBeGreaterThan(20)
    expect(files.flatMap(violations)).toEqual([])
  })

  it('sees imports at all', () => {
    const linked = files.flatMap((f) => importsOf(readFileSync(f, 'utf8')))
    expect(linked.length).toBeGreaterThan(files.length)
  })

  it('keeps sim free of words about NPUs', () => {
    const sim = files.filter((f) => layerOf(f) === 'sim')
    expect(sim.filter((f) => aboutNpus.test(readFileSync(f, 'utf8')))).toEqual([])
  })
})

describe('the house', () => {
  it('has a README of at most 30 lines in every core folder', () => {
    for (const layer of Object.keys(table).filter((l) => l !== 'app')) {
      const text = readFileSync(join(root, 'emulator-core', layer, 'README.md'), 'utf8')
      expect(text.trimEnd().split('\n').length, layer).toBeLessThanOrEqual(30)
    }
  })
})
