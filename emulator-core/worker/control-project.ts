/**
 * Control project: a single file of control code, from somebody's disk, as a project that runs it.
 *
 *     prog.elf ──▶ project.json (control, one buffer for each argument) + prog.elf ──▶ build
 *
 * Simplified  a file does not say how large its arguments are: each gets what its descriptors reach, 64 KiB at least
 */
import type { ControlCode, ControlRelocation } from '../artifacts/control-code.ts'
import { instanceName } from '../artifacts/control-elf.ts'
import { controlCode } from '../device/abi/control-code.ts'
import { readControlElf } from '../languages/control/unpack/control-elf.ts'
import { readPagesHex } from '../languages/control/unpack/hex.ts'
import { Source } from '../languages/text/source.ts'
import type { Diagnostic } from '../sim/diagnostics.ts'
import { hasErrors } from '../sim/diagnostics.ts'
import { loadControl } from './control-programs.ts'
import type { Problem } from './protocol.ts'
import { toProblem } from './studio.ts'

export interface ControlProject {
  /** Absent when the file is no control code. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>
  readonly problems: readonly Problem[]
}

const magic = [0x7f, 0x45, 0x4c, 0x46]
const { page } = controlCode
const smallestBytes = 0x1_0000
const largestBytes = 0x400_0000
/** A damaged file may ask for any number. */
const mostArguments = 64
/** Words of a shim descriptor: address and length. */
const descriptor = { low: 1, length: 2 }

/** Which uC runs which path. */
type Control = Readonly<Record<number, string>>

/** Makes a project of a control ELF, a page file or a source. Throws on no input. */
export function controlProject(name: string, bytes: Uint8Array): ControlProject {
  const isElf = magic.every((byte, i) => bytes[i] === byte) || name.endsWith('.elf')
  const file = fileName(name, isElf)
  const text = isElf ? '' : new TextDecoder().decode(bytes)
  const {
    control,
    title,
    isAie4 = true,
    diagnostics,
  } = isElf
    ? ofElf(file, bytes)
    : file.endsWith('.hex')
      ? ofPages(file, text)
      : { control: { 0: file }, title: file, diagnostics: [] }
  const sources = new Map([[file, new Source(file, text)]])
  const problems = diagnostics.map((d) => toProblem(d, sources))
  if (hasErrors(diagnostics)) return { problems }
  const { code } = loadControl(
    Object.entries(control).map(([uc, path]) => ({ uc: Number(uc), name: path })),
    {
      texts: new Map([[file, text]]),
      bytes: () => bytes,
      include: [],
      target: isAie4 ? 'aie4-a' : 'aie2ps',
      freeName: (free) => free,
      at: { file, start: 0, end: 0 },
    },
  )
  const project = {
    title,
    device: isAie4 ? 'aie4' : 'npu4',
    control,
    args: code ? argumentsOf(code) : [],
  }
  const files = {
    'project.json': `${JSON.stringify(project, null, 2)}\n`,
    [file]: isElf ? bytes : text,
  }
  return { files, problems }
}

/** The name in the project: no folder, and an ending that says what it is. */
function fileName(name: string, isElf: boolean): string {
  const last = name.split(/[/\\]/).at(-1) ?? ''
  const plain = last.replaceAll(/[^A-Za-z0-9_.-]/g, '_').replace(/^\.+/, '')
  const safe = plain === '' ? 'control' : plain
  if (isElf) return safe.endsWith('.elf') ? safe : `${safe}.elf`
  return /\.(hex|asm)$/.test(safe) ? safe : `${safe}.asm`
}

interface Found {
  readonly control: Control
  readonly title: string
  readonly isAie4?: boolean
  readonly diagnostics: readonly Diagnostic[]
}

/** An ELF runs its first program; the title says that there are others. */
function ofElf(file: string, bytes: Uint8Array): Found {
  const { artifact, diagnostics } = readControlElf(bytes, file)
  const [first] = artifact?.instances ?? []
  if (!artifact || !first) return { control: {}, title: file, diagnostics }
  const isOne = artifact.instances.length === 1
  const path = isOne ? file : `${file}#${instanceName(first)}`
  const others = artifact.instances.length - 1
  const title = isOne ? file : `${file}, ${instanceName(first)} of ${others + 1} programs`
  const control = Object.fromEntries(first.code.ucs.map(({ uc }) => [uc, path]))
  return { control, title, isAie4: artifact.target !== 'aie2ps', diagnostics }
}

/** The runs of a page file are taken for the first uC of each column. */
function ofPages(file: string, text: string): Found {
  const { runs, diagnostics } = readPagesHex(text, file)
  const control = Object.fromEntries(runs.map((_, column) => [2 * column, file]))
  return { control, title: file, diagnostics }
}

/** A buffer for each argument, as large as the descriptors that it goes into reach. */
function argumentsOf(code: ControlCode): object[] {
  const sizes: number[] = []
  for (const r of code.relocations) {
    if (r.argument === undefined || r.argument >= mostArguments) continue
    sizes[r.argument] = Math.max(sizes[r.argument] ?? 0, reachOf(code, r))
  }
  for (const { argument, addend } of (code.packets ?? []).flatMap((packet) => packet.patches)) {
    if (argument === undefined || argument >= mostArguments) continue
    sizes[argument] = Math.max(sizes[argument] ?? 0, addend)
  }
  return Array.from(sizes, (reach = 0, k) => {
    const wanted = Math.max(smallestBytes, Math.ceil(reach / smallestBytes) * smallestBytes)
    return { name: `arg${k}`, type: 'u8', shape: [Math.min(wanted, largestBytes)] }
  })
}

function reachOf({ ucs }: ControlCode, r: ControlRelocation): number {
  const pages = ucs.find(({ uc }) => uc === r.uc)?.pages ?? new Uint8Array()
  const at = r.page * page.bytes + page.headerBytes + r.offset
  if (at + 4 * descriptor.length + 4 > pages.length) return 0
  const view = new DataView(pages.buffer, pages.byteOffset, pages.length)
  const word = (i: number) => view.getUint32(at + 4 * i, true)
  return word(descriptor.low) + r.addend + 4 * word(descriptor.length)
}
