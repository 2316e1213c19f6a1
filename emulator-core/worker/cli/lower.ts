/** `lower`: what a design becomes, as text or JSON. */
import { formatDiagnostic } from '../../languages/text/source.ts'
import { buildProject } from '../build.ts'
import { loweredProgram } from '../lowered.ts'
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
  if (stage !== 'control' && !built.image)
    throw new UsageError(`the project has no design, so there is no stage '${stage}'`)
  if (stage === 'physical') process.stdout.write(`${JSON.stringify(built.image, bytesAsHex, 2)}\n`)
  else if (stage === 'control') {
    const programs = built.pkg.codes.map((code) => loweredProgram(code, built))
    const files = programs.flatMap((p) => p.files.map(({ name, text }) => [name, text] as const))
    if (json) process.stdout.write(`${JSON.stringify(Object.fromEntries(files), null, 2)}\n`)
    else {
      programs.forEach(({ source }, i) => {
        const title = `; ======== program ${i + 1} of ${programs.length}\n`
        process.stdout.write(programs.length > 1 ? title + source : source)
      })
    }
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

function bytesAsHex(key: string, value: unknown): unknown {
  if (value instanceof Uint8Array)
    return Array.from(value, (b) => b.toString(16).padStart(2, '0')).join('')
  return key === 'body' ? undefined : value
}
