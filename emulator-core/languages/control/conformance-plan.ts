/**
 * Conformance plan: reads the words of a manifest's mode, and says which file to assemble and how.
 *
 *     'aie4_config -j config.json -f disabledump' ──▶ main file, target, rules, include folders, patch map
 */
import type { ControlTarget } from '../../device/abi/control-code.ts'
import { controlTargets } from '../../device/abi/control-code.ts'
import type { ControlRules } from '../../artifacts/control-code.ts'
import type { ElfOptions } from './assemble-elf.ts'
import { LazyFiles } from './lazy-files.ts'
import { findFile, folderOf, normalisePath } from './parse.ts'

/** Reads the corpus by paths from its folder; undefined when a file is not there. */
export interface CorpusReader {
  readonly text: (path: string) => string | undefined
  readonly bytes?: (path: string) => Uint8Array | undefined
}

export interface Plan {
  readonly main: string
  readonly options: ElfOptions
}

const configurationName = 'conformance-configuration.json'
const mergedName = 'conformance-merged.asm'

/** Plans the run of an entry from its files and the words of its mode. */
export function planEntry(
  listed: readonly string[],
  mode: string,
  rules: ControlRules,
  read: CorpusReader,
): Plan {
  const sources = listed.filter((file) => file.endsWith('.asm'))
  const roots = rootsOf(sources, read)
  const folder = folderOf(roots[0] ?? '')
  const extra = new Map<string, string>()
  const path = (name: string) => (folder === '' ? name : `${folder}/${name}`)
  let main = roots[0] ?? ''
  if (roots.length > 1) {
    main = path(mergedName)
    const lines = roots.map((root) => `.include ${relativeTo(folder, root)}\n`)
    extra.set(main, lines.join(''))
  }
  const folders = ancestors(folder)
  const has = (name: string) => read.text(name) !== undefined
  const isConfig = /_config\b/.test(mode)
  const named = /-j\s+"?([^\s"]+)/.exec(mode)?.[1]
  const listedConfig = listed.find((f) => f.endsWith('.json') && isConfiguration(read.text(f)))
  const config = (named && findFile(named, folders, has)) ?? (isConfig ? listedConfig : undefined)
  if (config !== undefined) main = config
  else if (isConfig) {
    const text = configurationText(mode, relativeTo(folder, main))
    main = path(configurationName)
    extra.set(main, text)
  }
  const map = /(\S+\.json) as (?:a )?patch map/.exec(mode)?.[1]
  const patchMap = map === undefined ? undefined : findFile(map, folders, has)
  return {
    main,
    options: {
      files: new LazyFiles((name) => extra.get(name) ?? read.text(name)),
      binaries: new LazyFiles((name) => bytesOf(name, read)),
      include: includes(mode, folders),
      rules,
      target: targetOf(mode),
      isHostPatched: /\bopt_level_1\b/.test(mode),
      ...(patchMap === undefined ? {} : { patchMap }),
    },
  }
}

/** The tool's own target: an architecture, whatever variant a source may name. */
function targetOf(mode: string): ControlTarget {
  const word = /^\s*([a-z0-9]+(?:-[az])?)/.exec(mode)?.[1] ?? ''
  return controlTargets.find((target) => target === word) ?? 'aie4'
}

/** `folder` and every folder it lies in, the innermost first. */
function ancestors(folder: string): string[] {
  const list = [folder]
  for (let at = folder; at !== '';) {
    at = folderOf(at)
    list.push(at)
  }
  return list
}

/** Folders that the mode names, seen from the source or from any folder around it; then those themselves. */
function includes(mode: string, folders: readonly string[]): string[] {
  const words = /include paths?\s+(.*)/.exec(mode)?.[1] ?? ''
  const named = words.split(/[\s,;]+/).filter((word) => word.endsWith('/'))
  const inside = named.flatMap((name) =>
    folders.map((folder) => normalisePath(folder === '' ? name : `${folder}/${name}`) ?? ''),
  )
  return [...inside, ...folders]
}

/** Sources that no other source of the list includes. */
function rootsOf(sources: readonly string[], read: CorpusReader): string[] {
  if (sources.length < 2) return [...sources]
  const included = new Set<string>()
  for (const source of sources) {
    const text = read.text(source) ?? ''
    for (const match of text.matchAll(/^[ \t]*\.include\s+"?([^"\r\n]+?)"?[ \t\r]*$/gm)) {
      const wanted = normalisePath(match[1])
      const name = wanted?.slice(wanted.lastIndexOf('/') + 1)
      const target = sources.find((s) => s === wanted || s.endsWith(`/${match[1]}`))
      const sameName = sources.find((s) => s.slice(s.lastIndexOf('/') + 1) === name)
      const found = target ?? sameName
      if (found !== undefined && found !== source) included.add(found)
    }
  }
  const roots = sources.filter((source) => !included.has(source))
  return roots.length > 0 ? roots : [sources[0]]
}

function relativeTo(folder: string, path: string): string {
  return folder !== '' && path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : path
}

function isConfiguration(text: string | undefined): boolean {
  return text?.includes('"xrt-kernels"') === true
}

/** A configuration of one kernel with one instance, as the mode names them. */
function configurationText(mode: string, source: string): string {
  const match = /kernel (\w+)\(([^)]*)\) instance (\w+)/.exec(mode)
  const types = (match?.[2] ?? 'char*').split(',').map((t) => t.trim().replace(/\s*\*$/, ' *'))
  const list = types.filter(Boolean).map((type, i) => ({
    name: `arg${i}`,
    type,
    offset: `0x${(8 * i).toString(16)}`,
  }))
  const instance = [{ id: match?.[3] ?? 'dpu', ctrl_code_file: source }]
  return JSON.stringify({
    'xrt-kernels': [{ name: match?.[1] ?? 'DPU', arguments: list, instance }],
  })
}

/** A side file: as it is, or decoded from the file beside it that ends with `.b64`. */
function bytesOf(name: string, read: CorpusReader): Uint8Array | undefined {
  if (!/\.\w+$/.test(name)) return undefined
  const encoded = read.text(name.replace(/\.\w+$/, '.b64'))
  return encoded === undefined ? read.bytes?.(name) : decodeBase64(encoded)
}

const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

function decodeBase64(text: string): Uint8Array {
  const values = new Uint8Array(128).fill(64)
  for (let i = 0; i < digits.length; i++) values[digits.charCodeAt(i)] = i
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4))
  let length = 0
  let bits = 0
  let held = 0
  for (let i = 0; i < text.length; i++) {
    const value = values[text.charCodeAt(i) & 127]
    if (value > 63) continue
    held = ((held << 6) | value) & 0xffff
    bits += 6
    if (bits < 8) continue
    bits -= 8
    bytes[length++] = (held >> bits) & 0xff
  }
  return bytes.subarray(0, length)
}
