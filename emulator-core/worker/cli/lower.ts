/** `lower`: what a design becomes, as text or JSON. */
import type { ControlCode } from '../../artifacts/control-code.ts'
import { disassemble } from '../../languages/control/disassemble.ts'
import { formatDiagnostic } from '../../languages/text/source.ts'
import type { Built } from '../build.ts'
import { buildProject } from '../build.ts'
import { parseArguments, UsageError, valueOf } from './arguments.ts'
import { deviceOption, readFolder } from './files.ts'

const stages = ['physical', 'control', 'core']

export function lowerCommand(words: readonly string[]): number {
  const args = parseArguments(words, ['--json'], ['--stage', '--device'])
  const [folder] = args.positional
  if (folder === undefined || args.positional.length > 1)
    throw new UsageError('lower needs one folder')
  const stage = valueOf(args, '--stage') ?? 'control'
  if (!stages.includes(stage))
    throw new UsageError(`unknown stage '${stage}'; there are ${stages.join(', ')}`)
  const device = deviceOption(valueOf(args, '--device'))
  const built = buildProject(readFolder(folder), device ? { device } : {})
  for (const d of built.diagnostics) process.stderr.write(`${formatDiagnostic(d, built.sources)}\n`)
  if (!built.pkg) return 2
  const json = args.flags.has('--json')
  if (stage === 'physical') process.stdout.write(`${JSON.stringify(built.image, bytesAsHex, 2)}\n`)
  else if (stage === 'control') {
    const programs = built.pkg.codes.map((code) => controlTexts(code, built))
    const files = Object.fromEntries(programs.flat())
    if (json) process.stdout.write(`${JSON.stringify(files, null, 2)}\n`)
    else programs.forEach((texts, i) => printProgram(texts, i, programs.length))
  } else {
    const cores = [...built.pkg.programs].map(([tile, program]) => ({
      tile: `[${tile}]`,
      codeBytes: program.codeBytes,
      symbols: program.symbols,
      bundles: program.places.map((p) => ({
        pc: p.pc,
        file: p.at.file,
        line: p.line,
        operations: p.text,
      })),
    }))
    if (json) process.stdout.write(`${JSON.stringify(cores, null, 2)}\n`)
    else {
      for (const core of cores) {
        process.stdout.write(`core ${core.tile}, ${core.codeBytes} bytes\n`)
        for (const b of core.bundles) {
          const pc = b.pc.toString(16).padStart(4, '0')
          process.stdout.write(
            `  ${pc}  ${b.operations.join(' ; ').padEnd(60)} ${b.file}:${b.line}\n`,
          )
        }
      }
    }
  }
  return 0
}

type NamedText = readonly [name: string, text: string]

/** The texts of one command's control code: what the build generated, else its pages as text. */
function controlTexts(code: ControlCode, built: Built): NamedText[] {
  const names = new Set(code.ucs.flatMap((uc) => uc.places.map((place) => place.at.file)))
  const generated = [...names].map((name) => [name, built.generated.get(name)?.text] as const)
  if (generated.every((named): named is NamedText => named[1] !== undefined)) return generated
  const name = [...names].join('+')
  return [[name, disassemble(code, name).text]]
}

/** One program is one source: `asm` makes of it the pages that run. */
function printProgram(texts: readonly NamedText[], index: number, count: number): void {
  if (count > 1) process.stdout.write(`; ======== program ${index + 1} of ${count}\n`)
  for (const [name, text] of texts) process.stdout.write(`; ==== ${name}\n${text}\n`)
}

function bytesAsHex(key: string, value: unknown): unknown {
  if (value instanceof Uint8Array)
    return Array.from(value, (b) => b.toString(16).padStart(2, '0')).join('')
  return key === 'body' ? undefined : value
}
