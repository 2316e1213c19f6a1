/** `asm` and `disasm`: control code to pages and back. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, normalize } from 'node:path'
import type { ControlTarget } from '../../device/abi/control-code.ts'
import { assemble } from '../../languages/control/assemble.ts'
import { pagesHex } from '../../languages/control/pages-hex.ts'
import { formatDiagnostic, Source } from '../../languages/text/source.ts'
import type { Arguments } from './arguments.ts'
import { parseArguments, UsageError, valueOf } from './arguments.ts'

const targets = ['aie2ps', 'aie4', 'aie4-a', 'aie4-z']

export function asmCommand(words: readonly string[]): number {
  const args = parseArguments(words, [], ['-o', '--pages', '-I', '--rules', '--target'])
  const [file] = args.positional
  if (file === undefined || args.positional.length > 1) throw new UsageError('asm needs one file')
  if (!existsSync(file)) throw new UsageError(`there is no file '${file}'`)
  if (valueOf(args, '-o') !== undefined) {
    throw new UsageError('-o: the ELF container is known, not emulated yet; use --pages')
  }
  const rules = valueOf(args, '--rules') ?? '2026'
  if (rules !== '2025' && rules !== '2026') throw new UsageError(`unknown rules '${rules}'`)
  const target = valueOf(args, '--target')
  if (target !== undefined && !targets.includes(target))
    throw new UsageError(`unknown target '${target}'`)
  const files = new LazyFiles()
  const { artifact, diagnostics } = assemble(file, {
    files,
    include: includes(file, args),
    rules,
    ...(target === undefined ? {} : { target: target as ControlTarget }),
  })
  const sources = new Map([...files].map(([name, text]) => [name, new Source(name, text)]))
  for (const d of diagnostics) process.stderr.write(`${formatDiagnostic(d, sources)}\n`)
  if (!artifact) return 2
  const hex = pagesHex(artifact)
  const out = valueOf(args, '--pages')
  if (out === undefined) process.stdout.write(hex)
  else writeFileSync(out, hex)
  return 0
}

export function disasmCommand(): number {
  throw new UsageError('disasm: reading ELF files is known, not emulated yet')
}

function includes(file: string, args: Arguments): string[] {
  return [dirname(file), ...(args.values.get('-I') ?? [])]
}

/** Files that are read from disk when the assembler asks for them. */
class LazyFiles implements ReadonlyMap<string, string> {
  private readonly known = new Map<string, string>()

  get(name: string): string | undefined {
    const path = normalize(name)
    if (!this.known.has(name) && existsSync(path)) this.known.set(name, readFileSync(path, 'utf8'))
    return this.known.get(name)
  }
  has(name: string): boolean {
    return this.get(name) !== undefined
  }
  get size(): number {
    return this.known.size
  }
  forEach(each: (value: string, key: string, map: ReadonlyMap<string, string>) => void): void {
    this.known.forEach((value, key) => each(value, key, this))
  }
  entries() {
    return this.known.entries()
  }
  keys() {
    return this.known.keys()
  }
  values() {
    return this.known.values()
  }
  [Symbol.iterator]() {
    return this.known[Symbol.iterator]()
  }
}
