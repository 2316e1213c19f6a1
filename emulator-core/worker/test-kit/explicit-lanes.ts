/**
 * Lanes written out by hand: buffers, locks, descriptor chains in either spelling, and flows.
 *
 *     shim ══ flow ══▶ (memory tile) ══▶ core ══▶ (memory tile) ══▶ shim
 */
import { bodyText, chooseBody } from './bodies.ts'
import type { Choices } from './choices.ts'
import type { Pattern, Word } from './elements.ts'
import { bytesOf, cut, gather, pairs, scatter, words } from './elements.ts'
import { coreWork, stateName, stateText } from './fifo-lanes.ts'
import type { Lane, Pool } from './lane.ts'
import { loopConstants } from './lane.ts'

/** A ring of buffers of one size with the locks that pass them on. */
interface Ring {
  readonly buffers: readonly string[]
  readonly type: string
  /** Locks that say a buffer is free, and full; one pair for all, or one per buffer. */
  readonly free: readonly string[]
  readonly full: readonly string[]
  /** First element of each object within its buffer. */
  readonly offsets: readonly number[]
  readonly size: number
  readonly acquire: string
}

function ring(
  c: Choices,
  lines: string[],
  tile: string,
  name: string,
  size: number,
  word: Word,
  sliced: boolean,
): Ring {
  const count = c.between(1, 3)
  const single = sliced && c.rarely(2)
  const type = `memref<${single ? size * count : size}x${word}>`
  const buffers = Array.from({ length: count }, (_, i) => `%${name}_buffer${single ? 0 : i}`)
  for (const buffer of new Set(buffers)) {
    lines.push(`${buffer} = aie.buffer(${tile}) {sym_name = "${buffer.slice(1)}"} : ${type}`)
  }
  const perBuffer = c.rarely()
  const lock = (what: string, init: number) =>
    buffers.map((_, i) => {
      const lockName = `%${name}_${what}${perBuffer ? i : ''}`
      if (perBuffer || i === 0) {
        lines.push(
          `${lockName} = aie.lock(${tile}) {init = ${init} : i32, sym_name = "${lockName.slice(1)}"}`,
        )
      }
      return lockName
    })
  return {
    buffers,
    type,
    free: lock('free', perBuffer ? 1 : count),
    full: lock('full', 0),
    offsets: buffers.map((_, i) => (single ? i * size : 0)),
    size,
    acquire: perBuffer && c.rarely(2) ? 'Acquire' : 'AcquireGreaterEqual',
  }
}

/** One channel's chain of descriptors over a ring. */
interface Chain {
  readonly direction: 'S2MM' | 'MM2S'
  readonly channel: number
  readonly ring: Ring
  readonly pattern: Pattern | undefined
  /** How often the chain runs; endless when absent. */
  readonly times: number | undefined
}

function descriptor({ direction, ring: r, pattern }: Chain, i: number): string[] {
  const [wait, give] = direction === 'S2MM' ? [r.free[i]!, r.full[i]!] : [r.full[i]!, r.free[i]!]
  const order = pattern ? `, ${pairs(pattern)}` : ''
  return [
    `aie.use_lock(${wait}, ${r.acquire}, 1)`,
    `aie.dma_bd(${r.buffers[i]} : ${r.type}, ${r.offsets[i]}, ${r.size}${order})`,
    `aie.use_lock(${give}, Release, 1)`,
  ]
}

/** The DMA program of a tile, as blocks or as regions. */
function program(op: string, tile: string, chains: readonly Chain[], regions: boolean): string {
  const lines: string[] = []
  chains.forEach((chain, k) => {
    const { direction, channel, ring: r, times } = chain
    if (regions) {
      const bds = r.buffers.map((_, i) => `{ ${descriptor(chain, i).join('\n')} }`)
      const attributes =
        times === undefined ? '' : ` {loop = false, repeat_count = ${times - 1} : i32}`
      lines.push(`%d${k} = aie.dma(${direction}, ${channel})${attributes} [${bds.join(', ')}]`)
      return
    }
    const next = k + 1 < chains.length ? `^start${k + 1}` : '^done'
    const repeat = times === undefined || times === 1 ? '' : `, repeat_count = ${times - 1}`
    if (k > 0) lines.push(`^start${k}:`)
    lines.push(`%d${k} = aie.dma_start(${direction}, ${channel}, ^bd${k}_0, ${next}${repeat})`)
    r.buffers.forEach((_, i) => {
      const last = i + 1 === r.buffers.length
      const end =
        last && times !== undefined ? 'aie.end' : `aie.next_bd ^bd${k}_${last ? 0 : i + 1}`
      lines.push(`^bd${k}_${i}:`, ...descriptor(chain, i), end)
    })
  })
  lines.push(...(regions ? ['aie.end'] : ['^done:', 'aie.end']))
  return `%dma${tile.slice(1)} = ${op}(${tile}) {\n    ${lines.join('\n    ')}\n  }`
}

/** Greatest common divisor, for rings of different lengths. */
function common(a: number, b: number): number {
  return b === 0 ? a : common(b, a % b)
}

export function explicitLane(c: Choices, pool: Pool, name: string, column: number): Lane {
  const shim = pool.tile(column, 0)
  const core = pool.core(c)
  const word = c.of(words)
  const size = c.of([16, 8, 32, 4, 24, 64]) * (4 / bytesOf(word))
  const body = chooseBody(c, word, size, 1)
  const lines: string[] = []
  const into = ring(c, lines, core, `${name}_in`, size, word, false)
  const out = ring(c, lines, core, `${name}_out`, body.outputs, body.to, false)
  const viaMemory = c.rarely(2)
  const mem = viaMemory ? pool.tile(column, 1) : shim
  const memIn = viaMemory ? ring(c, lines, mem, `${name}_memin`, size, word, true) : undefined
  const memOut = viaMemory
    ? ring(c, lines, mem, `${name}_memout`, body.outputs, body.to, true)
    : undefined
  const rings = [into, out, ...(memIn && memOut ? [memIn, memOut] : [])]
  const steps = rings.reduce((n, r) => (n * r.buffers.length) / common(n, r.buffers.length), 1)
  const fires = c.between(1, 3)
  const objects = steps * fires
  const order = (kind: 'core' | 'mem', count: number, w: Word) =>
    c.rarely() ? pool.order(c, kind, count, w) : undefined
  const chain = (
    direction: 'S2MM' | 'MM2S',
    channel: number,
    r: Ring,
    pattern: Pattern | undefined,
  ): Chain => ({
    direction,
    channel,
    ring: r,
    pattern,
    times: c.rarely(4) ? objects / r.buffers.length : undefined,
  })
  const scattered = order('core', size, word)
  const gathered = order('core', body.outputs, body.to)
  const patterns = { memScatter: order('mem', size, word), memGather: order('mem', size, word) }
  const outGather = order('mem', body.outputs, body.to)
  lines.push(...stateText(core, body))
  lines.push(coreProgram(core, body, into, out))
  const channels = [chain('S2MM', 0, into, scattered), chain('MM2S', 0, out, gathered)]
  lines.push(program('aie.mem', core, c.shuffled(channels), c.rarely(2)))
  if (memIn && memOut) {
    const memChannels = [
      chain('S2MM', 0, memIn, patterns.memScatter),
      chain('MM2S', 0, memIn, patterns.memGather),
      chain('S2MM', 1, memOut, undefined),
      chain('MM2S', 1, memOut, outGather),
    ]
    lines.push(program('aie.memtile_dma', mem, c.shuffled(memChannels), c.rarely(2)))
    lines.push(
      `aie.flow(${shim}, DMA : 0, ${mem}, DMA : 0)`,
      `aie.flow(${mem}, DMA : 0, ${core}, DMA : 0)`,
      `aie.flow(${core}, DMA : 0, ${mem}, DMA : 1)`,
      `aie.flow(${mem}, DMA : 1, ${shim}, DMA : 0)`,
    )
  } else {
    lines.push(
      `aie.flow(${shim}, DMA : 0, ${core}, DMA : 0)`,
      `aie.flow(${core}, DMA : 0, ${shim}, DMA : 0)`,
    )
  }
  lines.push(
    `aie.shim_dma_allocation @${name}_from(${shim}, MM2S, 0)`,
    `aie.shim_dma_allocation @${name}_to(${shim}, S2MM, 0)`,
  )
  return {
    text: lines,
    bodies: [body],
    inputs: [{ symbol: `${name}_from`, column, direction: 'MM2S', word, perFire: steps * size }],
    outputs: [
      {
        symbol: `${name}_to`,
        column,
        direction: 'S2MM',
        word: body.to,
        perFire: steps * body.outputs,
      },
    ],
    fires,
    held: 0,
    meaning: ([stream]) => {
      const arrived = cut(stream!, size).flatMap((o) => {
        const stored = viaMemory ? gather(scatter(o, patterns.memScatter), patterns.memGather) : o
        return scatter(stored, scattered)
      })
      const sent = cut(coreWork(body)([arrived]), body.outputs).map((o) => gather(o, gathered))
      return [sent.flatMap((o) => (viaMemory ? gather(o, outGather) : o))]
    },
  }
}

/** A core that goes round both rings at once, for ever. */
function coreProgram(
  core: string,
  body: ReturnType<typeof chooseBody>,
  into: Ring,
  out: Ring,
): string {
  const [a, b] = [into.buffers.length, out.buffers.length]
  const lines: string[] = []
  for (let i = 0; i < (a * b) / common(a, b); i++) {
    lines.push(
      `aie.use_lock(${into.full[i % a]}, ${into.acquire}, 1)`,
      `aie.use_lock(${out.free[i % b]}, ${out.acquire}, 1)`,
      bodyText(body, [into.buffers[i % a]!], out.buffers[i % b]!, stateName(core), String(i)),
      `aie.use_lock(${into.free[i % a]}, Release, 1)`,
      `aie.use_lock(${out.full[i % b]}, Release, 1)`,
    )
  }
  return `aie.core(${core}) {
    ${loopConstants}
    %forever = arith.constant 4294967295 : index
    scf.for %round = %c0 to %forever step %c1 {
    ${lines.join('\n    ')}
    }
    aie.end
  }`
}
