/**
 * Lowering: a design image and its linked programs become control assembly, one file per controller.
 *
 *     .attach_to_group u / .partition n      main: LOAD_PDI, then the sequence
 *                                            scope pdi: the load image of the controller's columns
 */
import { describe } from '../../../device/profiles.ts'
import type { CoreProgram } from '../../../artifacts/core-program.ts'
import type { DesignImage, DesignSequence } from '../../../artifacts/design-image.ts'
import type { Diagnostic, Span } from '../../../sim/diagnostics.ts'
import { avalanche, hashWords } from '../../../sim/hash.ts'
import { codeOf } from '../codes.ts'
import { loadImage } from './load-image.ts'
import { SequenceLowering } from './sequence.ts'
import type { AssemblyText } from './writer.ts'
import { ScopeWriter, hex } from './writer.ts'

export interface ControlFile {
  readonly uc: number
  /** `uc0.asm` */
  readonly name: string
  readonly text: string
  /** Place in the design that each line comes from. */
  readonly lines: readonly (Span | undefined)[]
}

export interface LoweredControl {
  readonly files: readonly ControlFile[]
  readonly argumentCount: number
  readonly diagnostics: readonly Diagnostic[]
}

/** Number of the scope's barrier between configuring and starting. */
const startBarrier = 0

/**
 * Makes the control assembly of one sequence. `programs` holds the linked program of every core by `column,row`;
 * `sequence` may be `device::name`, and empty for the first.
 */
export function lowerControl(
  image: DesignImage,
  programs: ReadonlyMap<string, CoreProgram>,
  options: { readonly sequence?: string } = {},
): LoweredControl {
  const device = describe(image.profile)
  const diagnostics: Diagnostic[] = []
  const complain = (name: Parameters<typeof codeOf>[0], at: Span, message: string) =>
    diagnostics.push({ code: codeOf(name), severity: 'error', at, message, notes: [] })
  const wanted = options.sequence?.split('::').at(-1)
  const sequence = wanted ? image.sequences.find((s) => s.name === wanted) : image.sequences[0]
  const place = image.tiles[0]?.at ?? { file: '', start: 0, end: 0 }
  if (wanted && !sequence)
    complain('NoSequence', place, `the device has no runtime sequence '${wanted}'`)
  if (sequence?.unbound) {
    complain(
      'NotConstant',
      sequence.at,
      `sequence '${sequence.name}' takes launch constants, and they have no values`,
    )
  }
  for (const core of image.cores) {
    if (programs.has(`${core.column},${core.row}`)) continue
    complain(
      'MissingProgram',
      core.at,
      `the core of tile (${core.column}, ${core.row}) has no linked program`,
    )
  }
  if (diagnostics.length > 0) return { files: [], argumentCount: 0, diagnostics }
  const perColumn = device.uc.perColumn > 0
  const ucOf = (column: number) => (perColumn ? column * device.uc.perColumn : 0)
  const columns = Array.from({ length: image.columns }, (_, c) => c)
  const ucs = [...new Set(columns.map(ucOf))]
  const pdis = new Map(ucs.map((uc) => [uc, pdi(columns.filter((c) => ucOf(c) === uc))]))
  const id = digestOf([...pdis.values()])
  const mains = mainScopes(id, ucs, sequence)
  const files = ucs.map((uc) => fileOf(uc, image.columns, pdis.get(uc)!, mains.get(uc)!))
  return { files, argumentCount: sequence?.args.length ?? 0, diagnostics }

  function pdi(mine: readonly number[]): ScopeWriter {
    const writer = new ScopeWriter('p')
    const loads = mine.map((column) => loadImage(device, image, programs, column))
    writer.blocks(loads.flatMap((l) => l.configure))
    if (ucs.length > 1) {
      const mask = ucs.reduce((m, u) => m + 2 ** u, 0)
      writer.operation(
        'REMOTE_BARRIER',
        `$rb${startBarrier}, ${hex(mask, 2)}`,
        'all columns are configured',
        undefined,
      )
    }
    writer.blocks(loads.flatMap((l) => l.start))
    return writer
  }

  function mainScopes(
    pdiId: number,
    all: readonly number[],
    run: DesignSequence | undefined,
  ): Map<number, ScopeWriter> {
    const writers = new Map(all.map((uc) => [uc, new ScopeWriter('m')]))
    for (const writer of writers.values())
      writer.alone('LOAD_PDI', `${hex(pdiId)}, @pdi`, 'loads the design, unless it is loaded')
    if (run) new SequenceLowering(device, writers, ucOf).run(run)
    return writers
  }
}

/** A number that tells this load image from others; never the reserved one. */
function digestOf(writers: readonly ScopeWriter[]): number {
  let digest = 0
  for (const writer of writers) {
    const words = writer.digest()
    digest = avalanche(hashWords(words, 0, words.length, digest))
  }
  return (digest & 0x7fff_ffff) >>> 0
}

function fileOf(uc: number, columns: number, pdi: ScopeWriter, main: ScopeWriter): ControlFile {
  const out: AssemblyText = { lines: [], spans: [] }
  const line = (text: string) => {
    out.lines.push(text)
    out.spans.push(undefined)
  }
  line(`.attach_to_group ${uc}`)
  line(`.partition ${columns}column`)
  main.write(out, () => {
    line('pdi:')
    pdi.write(out)
    line('.endl pdi')
  })
  return { uc, name: `uc${uc}.asm`, text: `${out.lines.join('\n')}\n`, lines: out.spans }
}
