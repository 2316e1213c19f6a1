/** `asm`: control code to an ELF file or bare pages. */
import { controlTargets } from '../../device/abi/control-code.ts'
import { assembleElf } from '../../languages/control/assemble-elf.ts'
import { pagesHex } from '../../languages/control/pages-hex.ts'
import { formatDiagnostic } from '../../languages/text/source.ts'
import { parseArguments, UsageError, valueOf } from './arguments.ts'
import { ControlFiles } from './control-files.ts'
import { readNamed, writeNamed } from './files.ts'

export function asmCommand(words: readonly string[]): number {
  const args = parseArguments(words, [], ['-o', '--pages', '-I', '--rules', '--target', '-f'])
  const [file] = args.positional
  if (file === undefined || args.positional.length > 1) throw new UsageError('asm needs one file')
  readNamed(file)
  if (!/\.(asm|json)$/.test(file)) throw new UsageError(`'${file}' is neither .asm nor .json`)
  const rules = valueOf(args, '--rules') ?? '2026'
  if (rules !== '2025' && rules !== '2026') throw new UsageError(`unknown rules '${rules}'`)
  const word = valueOf(args, '--target')
  const target = controlTargets.find((known) => known === word)
  if (word !== undefined && !target) throw new UsageError(`unknown target '${word}'`)
  const flags = args.values.get('-f') ?? []
  for (const flag of flags) {
    if (flag !== 'disabledump' && flag !== 'opt_level_1')
      throw new UsageError(`unknown flag '${flag}'`)
  }
  const isHostPatched = flags.includes('opt_level_1')
  const control = new ControlFiles(file, args.values.get('-I') ?? [])
  const options = {
    ...control.options,
    rules,
    isHostPatched,
    ...(target ? { target } : {}),
  } as const
  const { elf, codes, diagnostics } = assembleElf(control.main, options)
  const shown = control.shown(diagnostics)
  for (const d of shown.diagnostics) process.stderr.write(`${formatDiagnostic(d, shown.sources)}\n`)
  if (!elf) return 2
  const hex = codes.map(pagesHex).join('')
  const out = valueOf(args, '-o')
  const pages = valueOf(args, '--pages')
  if (out !== undefined) writeNamed(out, elf)
  if (pages !== undefined) writeNamed(pages, hex)
  if (out === undefined && pages === undefined) process.stdout.write(hex)
  return 0
}
