import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { controlCode } from '../../device/abi/control-code.ts'
import { redistribute, spanOf } from './redistribute.ts'
import type { PointMember } from './redistribute.ts'
import { lines, problems, run } from './test-kit/run.ts'

const chunk = 0x1_0000
const column = 0x30_0000

interface Source {
  /** Name of the map of each point, empty for none. */
  readonly points: readonly string[]
  readonly maps?: Readonly<Record<string, readonly number[]>>
}

/** uCs that load an array and preempt. */
function program(ucs: Readonly<Record<number, Source>>, head = '.partition 3column'): string {
  const one = ([uc, { points, maps = {} }]: [string, Source]) =>
    lines(
      `.attach_to_group ${uc}`,
      'START_JOB 0',
      '  LOAD_PDI 0, @p',
      'END_JOB',
      ...points.flatMap((map, i) => [
        `START_JOB ${i + 1}`,
        `  PREEMPT ${i}, @save, @restore${map === '' ? '' : ` , @${map}`}`,
        'END_JOB',
      ]),
      'p:',
      'START_JOB 0',
      'END_JOB',
      'EOF',
      '.endl p',
      'EOF',
      ...Object.entries(maps).flatMap(([name, words]) => [
        `${name}:`,
        ...words.map((word) => `.long ${word >>> 0}`),
      ]),
    )
  return `${head}\n${Object.entries(ucs).map(one).join('')}`
}

/** Pages that the points name, by uC. */
function scopes(source: string): Record<number, string[]> {
  const { artifact, diagnostics } = run(source)
  if (!artifact) throw new Error(diagnostics.map((d) => d.message).join('\n'))
  const { bytes, headerBytes } = controlCode.page
  return Object.fromEntries(
    artifact.ucs.map((uc) => {
      const view = new DataView(uc.pages.buffer, uc.pages.byteOffset, uc.pages.byteLength)
      const named = uc.places.flatMap(({ page, offset, kind }) => {
        const at = page * bytes + headerBytes + offset
        if (kind !== 'operation' || uc.pages[at] !== 0x19) return []
        const [save, restore] = [4, 6].map((field) => view.getUint16(at + field, true))
        const nameOf = (n: number) => uc.scopes.find((s) => s.firstPage === n)?.name ?? '?'
        return [`${nameOf(save)} ${nameOf(restore)}`]
      })
      return [uc.uc, named]
    }),
  )
}

/** Address and bytes of every shim descriptor that relocations reach on a page. */
function slots(source: string, uc: number, page: number): string[] {
  const code = run(source).artifact?.ucs.find((u) => u.uc === uc)
  const relocations = run(source).artifact?.relocations ?? []
  const view = new DataView(code?.pages.buffer ?? new ArrayBuffer(0))
  return relocations
    .filter((r) => r.uc === uc && r.page === page)
    .map(({ offset, symbol, schema }) => {
      const at = page * controlCode.page.bytes + controlCode.page.headerBytes + offset
      const base = view.getUint32(at + 4, true).toString(16)
      return `${symbol} ${schema} @${offset.toString(16)}: ${base}+${(4 * view.getUint32(at + 8, true)).toString(16)}`
    })
}

describe('generated save and restore code', () => {
  it('lies behind the pages of the uC and keeps its column in two and four slots', () => {
    const source = program({ 0: { points: [''] }, 2: { points: [''] } })
    expect(scopes(source)).toEqual({ 0: ['save_1 restore_1'], 2: ['save_2 restore_2'] })
    expect(slots(source, 2, 2)).toEqual([
      'scratch-pad-mem 6 @e84: 300000+180000',
      'scratch-pad-mem 6 @ea8: 480000+180000',
    ])
    expect(slots(source, 2, 3)).toEqual([
      'scratch-pad-mem 6 @3d0: 300000+c0000',
      'scratch-pad-mem 6 @3f4: 3c0000+c0000',
      'scratch-pad-mem 6 @418: 480000+c0000',
      'scratch-pad-mem 6 @43c: 540000+c0000',
    ])
  })

  it.each([1, 2, 3])('of a single uC works on all %i columns of the partition', (columns) => {
    const source = program({ 0: { points: [''] } }, `.partition ${columns}column`)
    const saved = slots(source, 0, columns < 3 ? 2 : 3)
    expect(saved.length).toBe(2 * columns)
    const bytes = saved.map((s) => Number.parseInt(s.split('+')[1], 16))
    expect(bytes.reduce((a, b) => a + b)).toBe(columns * column)
  })

  it('is shared by maps of one region, and names the column and the region', () => {
    const maps = { a: [0x6], b: [0x6, 0], c: [0x60], z: [0] }
    const source = program({
      0: { points: ['a', 'b', 'c', 'z', ''], maps },
      4: { points: ['', '', '', '', ''] },
    })
    expect(scopes(source)[0]).toEqual([
      'save_0_0 restore_0_0',
      'save_0_0 restore_0_0',
      'save_0_1 restore_0_1',
      'save_0_2 restore_0_2',
      'save_1 restore_1',
    ])
  })

  it('of an empty map does nothing but load the last image', () => {
    const source = program({ 0: { points: ['z'], maps: { z: [0, 0] } } })
    const [uc] = run(source).artifact?.ucs ?? []
    const names = uc.places.filter((p) => p.page > 1 && p.kind === 'operation').map((p) => p.text)
    expect(names).toEqual([
      'START_JOB 0',
      'NOP',
      'END_JOB',
      'EOF',
      'START_JOB 0',
      'LOAD_LAST_PDI',
      'END_JOB',
      'EOF',
    ])
  })

  it('needs a map in the same scope with bits below 144', () => {
    expect(problems(program({ 0: { points: ['nowhere'] } }))).toEqual([
      'A0409 PREEMPT 0, @save, @restore , @nowhere',
    ])
    const last = { m: [0, 0, 0, 0, 0x8000] }
    expect(problems(program({ 0: { points: ['m'], maps: last } }))).not.toContain('A0409 m:')
    const beyond = { m: [0, 0, 0, 0, 0x1_0000] }
    expect(problems(program({ 0: { points: ['m'], maps: beyond } }))).toEqual(['A0409 m:'])
  })

  it('must not save a chunk twice at one point', () => {
    const both = program({
      0: { points: ['m'], maps: { m: [3] } },
      2: { points: ['m'], maps: { m: [2] } },
    })
    const message = run(both).diagnostics[0].message
    expect(message).toContain('hint bitmap overlap at preemption point 0:')
    const column2 = program({
      0: { points: ['m'], maps: { m: [0, 0x1_0000] } },
      2: { points: [''] },
    })
    expect(run(column2).diagnostics[0].message).toContain('hint bitmap overlap')
  })

  it('reads commas as the tools do: only the first and the fourth operand count', () => {
    const source = program({ 0: { points: ['m'], maps: { m: [1] } } })
    const odd = source.replace('PREEMPT 0, @save, @restore , @m', 'PREEMPT\t0, , x, @M')
    expect(scopes(odd)).toEqual(scopes(source))
  })
})

const member = (uc: number, chunks: readonly number[] | undefined): PointMember => ({
  uc,
  chunks,
  region: chunks ? spanOf(chunks) : { base: (uc / 2) * column, sizeBytes: column },
})

function divided(...chunks: readonly (readonly number[] | undefined)[]): string[] {
  const members = chunks.map((list, i) => member(2 * i, list))
  const { conflict, regions, lost } = redistribute(members)
  if (conflict) return ['conflict']
  const show = (r: { base: number; sizeBytes: number }) =>
    `${r.base / chunk}..${(r.base + r.sizeBytes) / chunk}`
  const all = members.map((m, i) => show(regions.get(i) ?? m.region))
  return lost.length > 0 ? [...all, `lost ${lost.map(show).join()}`] : all
}

describe('regions of one point', () => {
  it('stay as they are while they are apart', () => {
    expect(divided([0, 3], [32, 35], [96, 99])).toEqual(['0..4', '32..36', '96..100'])
  })

  it('are cut anew at the largest hole where they reach over each other', () => {
    expect(divided([0, 6], [5], [8])).toEqual(['0..1', '5..7', '8..9'])
    expect(divided([0, 1, 9], [3], [20])).toEqual(['0..4', '9..10', '20..21'])
  })

  it('are cut where a whole column without a map lies between', () => {
    expect(divided([0, 1, 2, 3, 120], undefined, [12])).toEqual(['0..13', '48..96', '120..121'])
  })

  it('are a conflict when a chunk or a column is wanted twice', () => {
    expect(divided([0, 3], [3])).toEqual(['conflict'])
    expect(divided([50], undefined)).toEqual(['conflict'])
  })

  it('cover every wanted chunk once, whatever the maps', () => {
    const map = fc.uniqueArray(fc.nat(143), { maxLength: 6 })
    fc.assert(
      fc.property(map, map, map, (a, b, c) => {
        const lists = [a, b, c].map((list) => list.sort((x, y) => x - y))
        const members = lists.map((list, i) => member(2 * i, list))
        const { conflict, regions, lost } = redistribute(members)
        const wanted = lists.flat()
        const isTwice = new Set(wanted).size < wanted.length
        if (conflict) {
          expect(isTwice).toBe(true)
          return
        }
        const final = [...members.map((m, i) => regions.get(i) ?? m.region), ...lost]
        for (const one of wanted) {
          const at = one * chunk
          expect(final.filter((r) => at >= r.base && at < r.base + r.sizeBytes).length).toBe(1)
        }
      }),
    )
  })
})
