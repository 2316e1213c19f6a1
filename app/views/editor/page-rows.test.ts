import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ControlPage, PagePiece } from '../../../emulator-core/worker/protocol.ts'
import {
  isPatched,
  jobsAt,
  pieceAt,
  pieceOfLine,
  piecesOf,
  pieceWords,
  rowParts,
  rowSource,
  shownRows,
} from './page-rows.ts'

const piece = (
  at: number,
  sizeBytes: number,
  kind: PagePiece['kind'],
  line?: number,
): PagePiece => ({
  at,
  sizeBytes,
  kind,
  text: kind === 'text' ? 'NOP' : '',
  ...(line === undefined ? {} : { line, file: 'a.asm' }),
})

const page: ControlPage = {
  uc: 0,
  page: 1,
  pages: 2,
  scope: 'default',
  lengthBytes: 64,
  bytes: new Uint8Array(8192),
  header: [
    { at: 0, sizeBytes: 2, name: 'mark', value: '0xFFFF' },
    { at: 2, sizeBytes: 14, name: 'rest', value: '0' },
  ],
  pieces: [
    piece(16, 8, 'text', 3),
    piece(24, 12, 'text', 4),
    piece(36, 12, 'filler'),
    piece(48, 16, 'data', 9),
    piece(64, 8128, 'padding'),
  ],
  patches: [{ at: 52, sizeBytes: 8, schema: 6, text: 'argument 0 is added' }],
  isGenerated: false,
  isLoaded: true,
}
const pieces = piecesOf(page)

describe('rows of a page', () => {
  it('hold the parts of the pieces that lie in them', () => {
    expect(rowParts(pieces, 0, 16).map(({ from, to, isStart }) => [from, to, isStart])).toEqual([
      [0, 2, true],
      [2, 16, true],
    ])
    expect(
      rowParts(pieces, 2, 16).map(({ piece: at, from, to, isStart }) => [at, from, to, isStart]),
    ).toEqual([
      [3, 32, 36, false],
      [4, 36, 48, true],
    ])
  })

  it('cover every byte of the page once, at any width', () => {
    fc.assert(
      fc.property(fc.constantFrom(4, 8, 16, 32), (perRow) => {
        let next = 0
        for (let row = 0; row < 8192 / perRow; row++) {
          for (const part of rowParts(pieces, row, perRow)) {
            expect(part.from).toBe(next)
            expect(pieceAt(pieces, part.from)).toBe(part.piece)
            next = part.to
          }
        }
        expect(next).toBe(8192)
      }),
    )
  })

  it('shrink long runs of zeros to their first row and a count, and lose no row', () => {
    expect(shownRows(pieces, 8192, 16)).toEqual([
      ...[0, 1, 2, 3, 4].map((row) => ({ row, perRow: 16, more: 0 })),
      { row: 5, perRow: 16, more: 507 },
    ])
    fc.assert(
      fc.property(fc.constantFrom(4, 8, 16, 32), (perRow) => {
        let next = 0
        for (const { row, more } of shownRows(pieces, 8192, perRow)) {
          expect(row).toBe(next)
          next = row + Math.max(1, more)
        }
        expect(next * perRow).toBe(8192)
      }),
    )
  })

  it('know which bytes are changed, and say so', () => {
    expect([51, 52, 59, 60].map((byte) => isPatched(page, byte))).toEqual([
      false,
      true,
      true,
      false,
    ])
    expect(pieceWords(pieces[5]!, page)).toBe('0030 data · 16 bytes · argument 0 is added')
    expect(pieceWords(pieces[0]!, page)).toBe('0000 mark: 0xFFFF · 2 bytes')
  })

  it('have the source of the pieces that begin in them beside them', () => {
    expect([0, 1, 2, 3].map((row) => rowSource(pieces, row, 16))).toEqual(['', 'NOP   NOP', '', ''])
  })

  it('find the piece of a source line', () => {
    expect(pieceOfLine(pieces, 'a.asm', 4)).toBe(3)
    expect(pieceOfLine(pieces, 'b.asm', 4)).toBe(-1)
    expect(pieceOfLine(pieces, 'a.asm', 0)).toBe(-1)
  })

  it('mark where the jobs of the uC stand on this page only', () => {
    const jobs = [
      { id: 0, state: 'waiting', at: 16, isNext: false },
      { id: 1, state: 'ready', at: 24, isNext: true },
    ]
    const found = jobsAt(pieces, page, { uc: 0, page: 1, jobs })
    expect([...found]).toEqual([
      [2, { isNext: false, says: 'job 0 waits' }],
      [3, { isNext: true, says: 'job 1 is next' }],
    ])
    expect(jobsAt(pieces, page, { uc: 0, page: 0, jobs }).size).toBe(0)
    expect(jobsAt(pieces, page, { uc: 2, page: 1, jobs }).size).toBe(0)
    const typed = { ...page, isLoaded: false }
    expect(jobsAt(pieces, typed, { uc: 0, page: 1, jobs }).size).toBe(0)
  })
})
