/** A lane: one stretch of a random design from the host and back, with what it does to the numbers that pass. */
import type { ProfileId } from '../../device/tiles.ts'
import type { Body } from './bodies.ts'
import type { Choices } from './choices.ts'
import type { Pattern, PatternLimits, Word } from './elements.ts'
import { reordering } from './elements.ts'

/** What a host buffer feeds, or is filled by. */
export interface HostEnd {
  /** ObjectFifo or allocation that the sequence names. */
  readonly symbol: string
  readonly column: number
  readonly direction: 'MM2S' | 'S2MM'
  readonly word: Word
  /** Elements that pass in one round of the lane. */
  readonly perFire: number
}

export interface Lane {
  /** Tiles, fifos, cores: everything at device level. */
  readonly text: readonly string[]
  /** Bodies that need a kernel function. */
  readonly bodies: readonly Body[]
  readonly inputs: readonly HostEnd[]
  readonly outputs: readonly HostEnd[]
  /** Rounds of the whole run. */
  readonly fires: number
  /** Elements that come out less than `fires · perFire`, because a core keeps something. */
  readonly held: number
  /** Output streams made of the whole input streams. */
  readonly meaning: (streams: readonly (readonly number[])[]) => number[][]
}

/** Inner sizes that the descriptors of every profile can hold, and their dimensions. */
const limits = {
  core: { dimensions: 3, wrap: 255 },
  mem: { dimensions: 4, wrap: 1023 },
  shim: { dimensions: 4, wrap: 1023 },
} as const

/** Tiles still free, the names of those in use, and what the device can do. */
export class Pool {
  readonly columns: number
  private readonly contiguous: boolean
  private readonly cores: (readonly [number, number])[]
  private readonly declared = new Set<string>()
  private readonly lines: string[] = []

  constructor(device: ProfileId, columns: number) {
    this.columns = columns
    this.contiguous = device === 'aie4'
    this.cores = Array.from(
      { length: columns * 4 },
      (_, i) => [Math.floor(i / 4), 2 + (i % 4)] as const,
    )
  }

  /** Another order for `count` elements, or undefined for the plain one. */
  order(c: Choices, kind: keyof typeof limits, count: number, word: Word): Pattern | undefined {
    const within: PatternLimits = { ...limits[kind], contiguous: this.contiguous }
    return reordering(c, count, word, within)
  }

  get freeCores(): number {
    return this.cores.length
  }

  /** Takes a core; the first choice is the lowest free one of the first column. */
  core(c: Choices): string {
    const [place] = this.cores.splice(c.below(this.cores.length), 1)
    return this.tile(place![0], place![1])
  }

  /** The name of a tile, declared on first use. */
  tile(column: number, row: number): string {
    const name = `%t${column}${row}`
    if (!this.declared.has(name)) this.lines.push(`${name} = aie.tile(${column}, ${row})`)
    this.declared.add(name)
    return name
  }

  declarations(): readonly string[] {
    return this.lines
  }
}

/** Loop bounds and step that core texts use. */
export const loopConstants = `%c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index`

/** The outer loop of a core around `inner`: endless in one of three spellings, or counted. */
export function outerLoop(c: Choices, inner: string, times: number): string {
  const spelling = c.below(4)
  if (spelling === 2) return `cf.br ^again\n  ^again:\n    ${inner}\n    cf.br ^again`
  const bound = ['9223372036854775807', '4294967295', '', String(times)][spelling]!
  return `%forever = arith.constant ${bound} : index
    scf.for %round = %c0 to %forever step %c1 {
    ${inner}
    }
    aie.end`
}
