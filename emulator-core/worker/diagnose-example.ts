/** What the compilers say about the example of a diagnostic; for the pages and their test. */
import { assembleElf } from '../languages/control/assemble-elf.ts'
import { compileDesign } from '../languages/design/compile.ts'
import type { ExampleFiles } from '../languages/diagnostic-example.ts'
import { compileKernel } from '../languages/kernel/compile.ts'
import { importReport } from '../languages/monitor/import-report.ts'
import { Source } from '../languages/text/source.ts'
import type { Diagnostic } from '../sim/diagnostics.ts'
import { buildProject } from './build.ts'

/** Builds the files when `isProject` says so, else compiles the first of them by its ending. */
export function diagnoseExample(files: ExampleFiles, isProject: boolean): readonly Diagnostic[] {
  const all = new Map(Object.entries(files))
  if (isProject) return buildProject(all).diagnostics
  const [file, text] = Object.entries(files)[0]!
  const options = { defines: {}, include: [], arch: 'aie4', files: all } as const
  if (file === 'report.json') return importReport(text, file).diagnostics
  if (file.endsWith('.cc')) return compileKernel(file, options).diagnostics
  if (!file.endsWith('.mlir')) return assembleElf(file, { files: all }).diagnostics
  const kernels = [...all.keys()]
    .filter((name) => name.endsWith('.cc'))
    .flatMap((name) => compileKernel(name, options).signatures)
    .map((signature) => ({ ...signature, result: signature.result.kind }))
  return compileDesign(new Source(file, text), { kernels }).diagnostics
}
