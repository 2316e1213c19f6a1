/**
 * Control code for the page: what each line does, the pages as bytes with the lines they come from, and where a uC
 * stands among them.
 *
 *     package ── effects, places, relocations ──▶ control view ──▶ effect column, page view
 */
import type { ControlCode, ControlRelocation, UcControlCode } from '../artifacts/control-code.ts'
import { pageCount } from '../artifacts/control-code.ts'
import { controlCode } from '../device/abi/control-code.ts'
import { describe } from '../device/profiles.ts'
import type { Device } from '../device/tiles.ts'
import type { ControlEffect } from '../languages/control/effects/effect.ts'
import { effectsOf } from '../languages/control/effects/effects.ts'
import type { Built } from './build.ts'
import type {
  ControlLine,
  ControlPage,
  PageField,
  PagePatch,
  PagePiece,
  UcNow,
} from './protocol.ts'
import type { Studio } from './studio.ts'

type Effects = readonly (ControlEffect | undefined)[]

const { page: layout, schema } = controlCode
const made = new WeakMap<UcControlCode, Effects>()

function effectsFor(code: ControlCode, uc: UcControlCode, device: Device): Effects {
  const known = made.get(uc)
  if (known) return known
  const effects = effectsOf(code, uc, device)
  made.set(uc, effects)
  return effects
}

const counted = (count: number, word: string) => `${count} ${word}${count === 1 ? '' : 's'}`

/** What the lines of a control-code file do, by rising line; one line may stand in several pages. */
export function controlLines(built: Built, file: string): ControlLine[] {
  const { pkg } = built
  if (!pkg) return []
  const device = describe(pkg.profile)
  const lines = new Map<number, ControlLine>()
  for (const code of pkg.codes) {
    for (const uc of code.ucs) {
      const effects = effectsFor(code, uc, device)
      uc.places.forEach((place, i) => {
        const effect = effects[i]
        if (place.at.file !== file || !effect) return
        const { page, offset, line } = place
        addLine(lines, { line, uc: uc.uc, page, offset, ...effect })
      })
      for (const label of uc.labels) {
        if (label.at.file !== file) continue
        const { page, offset, line, sizeBytes, align } = label
        const text =
          align === 16
            ? counted(sizeBytes / controlCode.descriptor.bytes, 'descriptor')
            : counted(sizeBytes / 4, 'word')
        addLine(lines, { line, uc: uc.uc, page, offset, kind: 'data', text, parts: [], lines: [] })
      }
    }
  }
  return [...lines.values()].sort((a, b) => a.line - b.line)
}

/** The first meaning of a line stands; another one is told behind it. */
function addLine(lines: Map<number, ControlLine>, next: ControlLine): void {
  const known = lines.get(next.line)
  if (!known) lines.set(next.line, next)
  else if (!known.text.split(' · else ').includes(next.text))
    lines.set(next.line, { ...known, text: `${known.text} · else ${next.text}` })
}

/** One page of a uC as the newest sound sources make it, or its last one; undefined where it has none. */
export function controlPage(
  built: Built,
  studio: Studio | undefined,
  number: number,
  asked: number,
): ControlPage | undefined {
  const { pkg, generated } = built
  const code = pkg?.codes[0]
  const uc = code?.ucs.find((one) => one.uc === number)
  if (!pkg || !code || !uc || !Number.isInteger(asked) || asked < 0) return undefined
  if (pageCount(uc) === 0) return undefined
  const page = Math.min(asked, pageCount(uc) - 1)
  const bytes = pageBytes(uc, page)
  const scope = uc.scopes.find((s) => page >= s.firstPage && page < s.firstPage + s.pageCount)
  const view = new DataView(bytes.buffer)
  const loaded = studio?.index?.controlOf(number)
  return {
    uc: number,
    page,
    pages: pageCount(uc),
    scope: scope?.name ?? '',
    lengthBytes: view.getUint16(layout.lengthAt, true),
    bytes,
    header: headerOf(view, code),
    pieces: piecesOf(uc, page, bytes, effectsFor(code, uc, describe(pkg.profile))),
    patches: code.relocations
      .filter((r) => r.uc === number && r.page === page)
      .map((r) => patchOf(r, code)),
    isGenerated: uc.places.some((p) => p.page === page && generated.has(p.at.file)),
    isLoaded: loaded !== undefined && sameBytes(bytes, pageBytes(loaded, page)),
  }
}

const pageBytes = (uc: UcControlCode, page: number): Uint8Array<ArrayBuffer> =>
  new Uint8Array(uc.pages.slice(page * layout.bytes, (page + 1) * layout.bytes))

const sameBytes = (one: Uint8Array, other: Uint8Array) =>
  one.length === other.length && one.every((byte, at) => byte === other[at])

function headerOf(view: DataView, code: ControlCode): PageField[] {
  const half = (at: number) => view.getUint16(at, true)
  const next = half(layout.nextLengthAt)
  const hint = view.getUint8(layout.busyPollAt)
  const isOld = code.rules === '2025'
  return [
    { at: 0, sizeBytes: 2, name: 'mark', value: '0xFFFF' },
    { at: layout.indexAt, sizeBytes: 2, name: 'page', value: String(half(layout.indexAt)) },
    isOld
      ? {
          at: layout.farLengthsAt,
          sizeBytes: 4,
          name: 'named scopes',
          value: `${half(layout.farLengthsAt)} and ${half(layout.farLengthsAt + 2)} bytes`,
        }
      : { at: layout.farLengthsAt, sizeBytes: 4, name: 'unused', value: '0' },
    { at: layout.lengthAt, sizeBytes: 2, name: 'length', value: `${half(layout.lengthAt)} bytes` },
    {
      at: layout.nextLengthAt,
      sizeBytes: 2,
      name: 'next page',
      value: next === 0 ? 'none, the chain ends' : `${next} bytes`,
    },
    {
      at: layout.busyPollAt,
      sizeBytes: 1,
      name: 'busy poll',
      value: hint === 0 ? 'no' : 'the uC may spin',
    },
    { at: layout.busyPollAt + 1, sizeBytes: 3, name: 'unused', value: '0' },
  ]
}

/** The page behind its header, piece by piece, without gaps. */
function piecesOf(
  uc: UcControlCode,
  page: number,
  bytes: Uint8Array,
  effects: Effects,
): PagePiece[] {
  const pieces: PagePiece[] = []
  const gap = (from: number, to: number) => {
    if (to <= from) return
    const isFiller = bytes[from] === layout.filler
    let end = from
    while (end < to && (bytes[end] === layout.filler) === isFiller) end++
    pieces.push({
      at: from,
      sizeBytes: end - from,
      kind: isFiller ? 'filler' : 'padding',
      text: '',
    })
    gap(end, to)
  }
  let at = layout.headerBytes
  uc.places.forEach((place, i) => {
    if (place.page !== page) return
    const start = layout.headerBytes + place.offset
    gap(at, start)
    const effect = effects[i]
    pieces.push({
      at: start,
      sizeBytes: place.sizeBytes,
      kind: place.kind === 'data' ? 'data' : 'text',
      text: place.text.trim(),
      file: place.at.file,
      line: place.line,
      ...(place.job >= 0 ? { job: place.job } : {}),
      ...(effect ? { effect: effect.text, parts: effect.parts } : {}),
    })
    at = start + place.sizeBytes
  })
  gap(at, bytes.length)
  return pieces
}

/** Bytes that the loader, or APPLY_OFFSET_57, changes. */
function patchOf(relocation: ControlRelocation, code: ControlCode): PagePatch {
  const what =
    relocation.argument === undefined ? `'${relocation.symbol}'` : `argument ${relocation.argument}`
  const start = layout.headerBytes + relocation.offset
  const isScalar = relocation.schema === schema.scalar32
  if (isScalar)
    return { at: start, sizeBytes: 4, schema: relocation.schema, text: `${what}, set at load` }
  const isAie4 = code.target !== 'aie2ps' && code.rules !== '2025'
  return {
    at: isAie4 ? start : start + 4,
    sizeBytes: 8,
    schema: relocation.schema,
    text: `address of a buffer: ${what} is added`,
  }
}

/** Where a uC stands: the page it has in hand, and its jobs there. */
export function ucNow(studio: Studio, number: number): UcNow | undefined {
  const cert = studio.machine?.parts.cert
  if (!cert || !Number.isInteger(number) || number < 0 || number >= cert.ucCount) return undefined
  const { page, offset, jobs, context } = cert.position(number)
  if (context < 0) return { uc: number, page: -1, jobs: [] }
  return {
    uc: number,
    page,
    jobs: jobs
      .filter((job) => job.state !== 'none' && job.state !== 'done')
      .map((job) => ({
        id: job.id,
        state: job.state,
        at: layout.headerBytes + job.offset,
        isNext: job.offset === offset,
      })),
  }
}
