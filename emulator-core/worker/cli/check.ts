/** `check`: diagnostics of any source by its ending. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { describe } from '../../device/profiles.ts'
import { assembleElf } from '../../languages/control/assemble-elf.ts'
import { readControlElf } from '../../languages/control/unpack/control-elf.ts'
import { readPagesHex } from '../../languages/control/unpack/hex.ts'
import { compileDesign } from '../../languages/design/compile.ts'
import { compileKernel } from '../../languages/kernel/compile.ts'
import { parseProject } from '../../languages/host/project.ts'
import { formatDiagnostic, Source } from '../../languages/text/source.ts'
import type { Diagnostic } from '../../sim/diagnostics.ts'
import { hasErrors } from '../../sim/diagnostics.ts'
import { buildProject } from '../build.ts'
import type { ProjectFiles } from '../build.ts'
import type { Arguments } from './arguments.ts'
import { parseArguments, UsageError, valueOf } from './arguments.ts'
import { ControlFiles } from './control-files.ts'
import { deviceOption, readFolder, readNamed } from './files.ts'
import { describeDiagnostic } from './run.ts'

export function checkCommand(words: readonly string[]): number {
  const args = parseArguments(words, ['--json'], ['-I', '--define', '--device'])
  if (args.positional.length === 0) throw new UsageError('check needs a file')
  const all: ReturnType<typeof describeDiagnostic>[] = []
  let failed = false
  for (const path of args.positional) {
    const { diagnostics, sources } = checkFile(path, args)
    failed ||= hasErrors(diagnostics)
    for (const d of diagnostics) {
      all.push(describeDiagnostic({ sources }, d))
      if (!args.flags.has('--json')) process.stdout.write(`${formatDiagnostic(d, sources)}\n`)
    }
  }
  if (args.flags.has('--json')) process.stdout.write(`${JSON.stringify({ diagnostics: all })}\n`)
  return failed ? 2 : 0
}

interface Checked {
  readonly diagnostics: readonly Diagnostic[]
  readonly sources: ReadonlyMap<string, Source>
}

function checkFile(path: string, args: Arguments): Checked {
  const bytes = readNamed(path)
  const device = deviceOption(valueOf(args, '--device'))
  if (basename(path) === 'project.json') {
    const built = buildProject(readFolder(dirname(path)), device ? { device } : {})
    return built
  }
  if (/\.(elf|hex)$/.test(path)) return checkBinary(path, bytes)
  const texts = new Map<string, string>([[path, bytes.toString('utf8')]])
  const sources = () => new Map([...texts].map(([name, text]) => [name, new Source(name, text)]))
  if (/\.(cc|cpp|cxx|c|h|hpp)$/.test(path)) {
    const include = [dirname(path), ...(args.values.get('-I') ?? [])]
    for (const folder of include) addFolder(folder, texts)
    const { diagnostics } = compileKernel(path, {
      files: texts,
      defines: defines(args),
      include,
      arch: describe(device ?? 'aie4').generation,
    })
    return { diagnostics, sources: sources() }
  }
  if (path.endsWith('.asm') || isConfiguration(path, texts.get(path)!)) {
    const control = new ControlFiles(path, args.values.get('-I') ?? [])
    return control.shown(assembleElf(control.main, control.options).diagnostics)
  }
  if (path.endsWith('.mlir')) {
    const source = new Source(path, texts.get(path)!)
    const { diagnostics } = compileDesign(source, device ? { profile: device } : {})
    return { diagnostics, sources: sources() }
  }
  if (path.endsWith('.json') && isHostProgram(texts.get(path)!)) {
    return buildProject(projectAround(path, texts.get(path)!), device ? { device } : {})
  }
  if (path.endsWith('.json')) {
    return { diagnostics: parseProject(texts.get(path)!, path).diagnostics, sources: sources() }
  }
  throw new UsageError(
    `'${path}' has no ending that can be checked: .cc, .h, .mlir, .asm, .elf, .hex or .json`,
  )
}

/** A control ELF or a page file. */
function checkBinary(path: string, bytes: Buffer): Checked {
  const isElf = path.endsWith('.elf')
  const text = isElf ? '' : bytes.toString('utf8')
  const { diagnostics } = isElf ? readControlElf(bytes, path) : readPagesHex(text, path)
  return { diagnostics, sources: new Map([[path, new Source(path, text)]]) }
}

/** A configuration of control code, which shares its ending with host programs. */
function isConfiguration(path: string, text: string): boolean {
  return path.endsWith('.json') && text.includes('"xrt-kernels"')
}

function isHostProgram(text: string): boolean {
  return /^\s*\{\s*"steps"\s*:/m.test(text)
}

/** The project that names a host program, or one of nothing but the program. */
function projectAround(path: string, text: string): ProjectFiles {
  const folder = dirname(path)
  const host = basename(path)
  const project = join(folder, 'project.json')
  if (existsSync(project) && readNamed(project).includes(`"${host}"`)) return readFolder(folder)
  return new Map([
    ['project.json', JSON.stringify({ host })],
    [host, text],
  ])
}

function defines(args: Arguments): Record<string, string> {
  return Object.fromEntries(
    (args.values.get('--define') ?? []).map((word) => {
      const at = word.indexOf('=')
      return at < 0 ? [word, '1'] : [word.slice(0, at), word.slice(at + 1)]
    }),
  )
}

/** Makes the text files of a folder known under the path by which they were reached. */
function addFolder(folder: string, texts: Map<string, string>): void {
  if (!existsSync(folder)) return
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isFile() && /\.(cc|cpp|cxx|c|h|hpp|asm)$/.test(entry.name) && !texts.has(path)) {
      texts.set(path, readFileSync(path, 'utf8'))
    }
  }
}
