import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { controlCode } from '../device/abi/control-code.ts'
import { CodeImage } from './code-image.ts'
import type { LoadableCode } from './code-image.ts'

const { bytes: pageBytes, headerBytes } = controlCode.page
const ddr = 0x8000_0000n

function code(
  text: readonly number[],
  relocation: Partial<LoadableCode['relocations'][number]>,
): LoadableCode {
  const pages = new Uint8Array(pageBytes)
  new Uint32Array(pages.buffer).set(text, headerBytes / 4)
  const whole = { uc: 0, page: 0, offset: 0, schema: 6, symbol: '0', addend: 0, ...relocation }
  return {
    ucs: [{ uc: 0, pages, scopes: [], places: [], labels: [], pads: [] }],
    relocations: [whole],
  }
}

/** The text's words of code that is loaded at address 0. */
function load(from: LoadableCode, value: number, scratch = 0): number[] {
  return [...loaded(from, value, scratch).subarray(headerBytes / 4, headerBytes / 4 + 10)]
}

/** Loads code at address 0 of a plain memory. */
function loaded(from: LoadableCode, value: number, scratch = 0): Uint32Array {
  const image = new CodeImage(from)
  const memory = new Uint8Array(image.sizeBytes)
  const words = new Uint32Array(memory.buffer)
  image.load(
    {
      write: (_file, address, source, at, count) => {
        memory.set(source.subarray(at, at + count), address)
        return true
      },
      write32: (_file, address, word) => {
        words[address / 4] = word
        return true
      },
    },
    0,
    0,
    () => value,
    scratch,
    Number(ddr),
  )
  return words
}

/** The published arithmetic of each schema on big integers: read the base, add, write back. */
const oracle: Readonly<Record<number, (w: bigint[], add: bigint) => void>> = {
  2: (w, add) => {
    const base = w[1]! + ((w[2]! & 0xffffn) << 32n) + ((w[8]! & 0x1ffn) << 48n) + add
    w[1] = base & 0xffff_ffffn
    w[2] = (w[2]! & 0xffff_0000n) | ((base >> 32n) & 0xffffn)
    w[8] = (w[8]! & 0xffff_fe00n) | ((base >> 48n) & 0x1ffn)
  },
  4: (w, add) => {
    const base = w[2]! + ((w[3]! & 0xfffn) << 32n) + add + ddr
    w[2] = base & 0xffff_fffcn
    w[3] = (w[3]! & 0xffff_0000n) | ((base >> 32n) & 0xffffn)
  },
  7: (w, add) => {
    const base = w[2]! + ((w[3]! & 0xfffn) << 32n) + add
    w[2] = base & 0xffff_fffcn
    w[3] = (w[3]! & 0xffff_0000n) | ((base >> 32n) & 0xffffn)
  },
  11: (w, add) => {
    const base = w[8]! + (w[9]! << 32n) + add
    w[8] = base & 0xffff_ffffn
    w[9] = (base >> 32n) & 0xffff_ffffn
  },
  5: (w, add) => {
    const base = w[1]! + ((w[2]! & 0xffffn) << 32n) + add + ddr
    w[1] = base & 0xffff_fffcn
    w[2] = (w[2]! & 0xffff_0000n) | ((base >> 32n) & 0xffffn)
  },
  6: (w, add) => {
    const base = w[1]! + ((w[0]! & 0x1ff_ffffn) << 32n) + add + ddr
    w[1] = base & 0xffff_ffffn
    w[0] = (w[0]! & 0xfe00_0000n) | ((base >> 32n) & 0x1ff_ffffn)
  },
  9: (w, add) => {
    const base = w[2]! + ((w[1]! & 0x1ff_ffffn) << 32n) + add + ddr
    w[2] = base & 0xffff_ffffn
    w[1] = (w[1]! & 0xfe00_0000n) | ((base >> 32n) & 0x1ff_ffffn)
  },
  8: (w, add) => {
    w[0] = add & 0xffff_ffffn
    w[1] = add >> 32n
  },
}

describe('loading control code', () => {
  it('patches every schema as published, whatever the words hold', () => {
    const word = fc.integer({ min: 0, max: 0xffff_ffff })
    const schema = fc.constantFrom(...Object.keys(oracle).map(Number))
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 10, maxLength: 10 }),
        schema,
        fc.integer({ min: 0, max: 2 ** 47 }),
        fc.integer({ min: 0, max: 2 ** 20 }),
        (text, number, value, addend) => {
          const expected = text.map(BigInt)
          oracle[number]!(expected, BigInt(value) + BigInt(addend))
          const found = load(code(text, { schema: number, argument: 0, addend }), value)
          expect(found.map(BigInt)).toEqual(expected)
        },
      ),
    )
  })

  it('leaves words alone whose mask is not known', () => {
    const text = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    expect(load(code(text, { schema: controlCode.schema.scalar32, argument: 0 }), 99)).toEqual(text)
  })

  it('places the code itself and the scratch pad by name', () => {
    const zeros = Array<number>(10).fill(0)
    const own = load(code(zeros, { schema: 8, symbol: 'control-code-0', addend: 32 }), 7)
    expect(own.slice(0, 2)).toEqual([32, 0])
    const scratch = code(zeros, { schema: 8, symbol: 'scratch-pad-mem' })
    expect(new CodeImage(scratch).needsScratch).toBe(true)
    expect(load(scratch, 7, 0x5000).slice(0, 2)).toEqual([0x5000, 0])
  })

  it('says what it cannot place', () => {
    const problem = (relocation: Parameters<typeof code>[1]) =>
      new CodeImage(code([], relocation)).problem
    expect(problem({ symbol: '.ctrlpkt-x' })).toContain("'.ctrlpkt-x'")
    expect(problem({ schema: 10, argument: 0 })).toContain('schema 10')
    expect(problem({ offset: pageBytes, argument: 0 })).toContain('uC 0 lies outside')
    expect(problem({ uc: 1, argument: 0 })).toBeDefined()
    expect(new CodeImage({ ucs: [], relocations: [] }).problem).toBe(
      'The control code has no pages.',
    )
  })

  it('patches buffers and control packets, and packets by their name', () => {
    const zeros = Array<number>(10).fill(0)
    const from = code(zeros, { schema: 8, symbol: '.ctrlpkt-4', addend: 8 })
    const patches = [{ offset: 4, schema: 8, symbol: '2', argument: 2, addend: 1 }]
    const pads = [{ name: 'p', offset: pageBytes, bytes: new Uint8Array(16), patches }]
    const ucs = [{ ...from.ucs[0]!, pads }]
    const packets = [{ id: 4, bytes: new Uint8Array(16), patches: [{ ...patches[0]!, schema: 9 }] }]
    const words = loaded({ ...from, ucs, packets }, 0x1234)
    const at = (byte: number) => words[byte / 4]
    expect(at(headerBytes)).toBe(2 * pageBytes + 8)
    expect(at(pageBytes + 4)).toBe(0x1235)
    expect([at(2 * pageBytes + 12), at(2 * pageBytes + 8)]).toEqual([0x8000_1235, 0])
    const outside = [{ ...patches[0]!, offset: 16 }]
    const far = { ...from, ucs, packets: [{ ...packets[0]!, patches: outside }] }
    expect(new CodeImage(far).problem).toContain('control packet 4 lies outside')
  })

  it('puts the pages of several uCs behind each other, pads included', () => {
    const { ucs } = code([], { argument: 0 })
    const pads = [{ name: 'p', offset: pageBytes, bytes: new Uint8Array(5) }]
    const both = [
      { ...ucs[0]!, pads },
      { ...ucs[0]!, uc: 3 },
    ]
    const image = new CodeImage({ ucs: both, relocations: [] })
    expect(image.places.map((p) => [p.uc, p.offset])).toEqual([
      [0, 0],
      [3, 2 * pageBytes],
    ])
    expect(image.sizeBytes).toBe(3 * pageBytes)
  })
})
