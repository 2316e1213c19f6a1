/**
 * Design image: a design after elaboration, as plain data. It can be drawn, compared, lowered and run without the
 * source it came from.
 *
 *     languages/design ──▶ DesignImage ──▶ control code (load image and sequence)
 *                                └──────▶ app: tiles, buffers, locks, routes, objectFifos
 *
 * Sizes and addresses are bytes, lengths, steps and sizes of dimensions are 32-bit words, dimensions are listed
 * innermost first. Tiles are named by column and logical row.
 */
import type { ProfileId } from '../device/tiles.ts'
import type { Bundle } from '../device/tiles.ts'
import type { Span } from '../sim/diagnostics.ts'

export type DmaDirection = 's2mm' | 'mm2s'

export interface TilePlace {
  readonly column: number
  readonly row: number
}

/** Static memory on a tile. */
export interface DesignBuffer {
  readonly name: string
  /** Bytes from the start of the tile's data memory. */
  readonly address: number
  readonly sizeBytes: number
  /** Element type and shape as the source writes them: `i32`, [4, 16]. */
  readonly element: string
  readonly shape: readonly number[]
  /** Initial contents; absent means that loading leaves the memory alone. */
  readonly bytes?: Uint8Array
  readonly at: Span
}

export interface DesignLock {
  readonly id: number
  readonly init: number
  readonly name: string
  readonly at: Span
}

export interface DesignTile extends TilePlace {
  readonly kind: 'shim' | 'mem' | 'core'
  readonly buffers: readonly DesignBuffer[]
  readonly locks: readonly DesignLock[]
  /** Stack of the core, from the start of data memory. */
  readonly stackBytes: number
  /** Data memory that neither stack nor buffers take, for globals of kernels. */
  readonly free: readonly { readonly address: number; readonly sizeBytes: number }[]
  readonly at: Span
}

/** One dimension of a transfer: `size` steps of `step` words. */
export interface DesignDimension {
  readonly size: number
  readonly step: number
}

/** A lock operation of a descriptor. `id` counts in the channel's lock window. */
export interface DesignBdLock {
  readonly id: number
  /** Acquire: negative waits for at least so much, positive for exactly so much. Release: what is added. */
  readonly value: number
  /** Where the lock is and which of the tile's locks it is. */
  readonly tile: TilePlace
  readonly lock: number
}

/** A buffer descriptor in plain numbers. */
export interface DesignBd {
  /** Number that the task queue and `next` use. */
  readonly id: number
  /** Buffer of a tile, by name, or the number of a sequence argument. */
  readonly buffer?: string
  readonly argument?: number
  /** Tile buffers: byte address in the channel's address space. Host buffers: bytes from the start of the argument. */
  readonly address: number
  readonly lengthWords: number
  readonly dims: readonly DesignDimension[]
  /** Steps of the whole pattern from run to run; `current` is the number of the first step. */
  readonly iteration?: DesignDimension & { readonly current?: number }
  /** Padding per dimension, innermost first: words, rows, planes. */
  readonly pads?: readonly { readonly before: number; readonly after: number }[]
  readonly acquire?: DesignBdLock
  readonly release?: DesignBdLock
  readonly next?: number
  readonly packet?: { readonly id: number; readonly type: number }
  /** Burst length in bytes; 0 = the longest. Shim only. */
  readonly burst: number
  readonly at: Span
}

/** What a DMA channel runs from loading on. */
export interface DesignChannelProgram extends TilePlace {
  readonly direction: DmaDirection
  readonly channel: number
  /** Tasks pushed when the design is loaded; `repeat` 1 means once. */
  readonly starts: readonly { readonly bd: number; readonly repeat: number }[]
  readonly bds: readonly DesignBd[]
  /** Word that the channel pads with, when it is not 0. */
  readonly padWord?: number
  readonly at: Span
}

/** One end of a stream. */
export interface DesignStreamEnd extends TilePlace {
  readonly bundle: Bundle
  readonly channel: number
}

/** A stream passing one tile: the slave it enters and the masters it leaves by, as indices in the data fabric. */
export interface DesignHop extends TilePlace {
  readonly slave: number
  readonly masters: readonly number[]
}

export interface DesignRoute {
  readonly source: DesignStreamEnd
  readonly sinks: readonly DesignStreamEnd[]
  readonly hops: readonly DesignHop[]
  /** ObjectFifo it carries, if any. */
  readonly fifo?: string
  readonly at: Span
}

/** One end of an objectFifo: where its objects are and which locks guard them. */
export interface DesignFifoEnd extends TilePlace {
  readonly role: 'producer' | 'consumer'
  /** Tile that holds the buffers and locks; the same tile unless neighbours share memory. */
  readonly memory: TilePlace
  readonly depth: number
  readonly buffers: readonly string[]
  /** Names of the locks; empty without synchronisation and on shim tiles. */
  readonly locks: readonly string[]
  /** DMA channel of this end; absent when the ends share memory. */
  readonly channel?: { readonly direction: DmaDirection; readonly channel: number }
}

export interface DesignFifo {
  readonly name: string
  readonly element: string
  readonly shape: readonly number[]
  readonly ends: readonly DesignFifoEnd[]
  /** ObjectFifos that continue this one on a shared tile. */
  readonly linkedTo: readonly string[]
  readonly at: Span
}

/** A function of a kernel source that a core calls. */
export interface DesignKernelCall {
  readonly name: string
  /** Object file the declaration names, if it names one. */
  readonly linkWith?: string
  readonly at: Span
}

/** A core's program before code generation; `Body` is the IR of the compiler. */
export interface DesignCore<Body = unknown> extends TilePlace {
  /** Entry function, `core_c_r`. */
  readonly entry: string
  readonly body: Body
  readonly kernels: readonly DesignKernelCall[]
  /** Address of each buffer the body or a kernel may name, as this core sees it. */
  readonly symbols: Readonly<Record<string, number>>
  readonly stackBytes: number
  readonly at: Span
}

export interface DesignAllocation extends TilePlace {
  readonly name: string
  readonly direction: DmaDirection
  readonly channel: number
  readonly at: Span
}

export interface DesignArgument {
  readonly name: string
  /** As the source writes it. */
  readonly type: string
  readonly element: string
  readonly shape: readonly number[]
  readonly sizeBytes: number
  readonly scalar: boolean
}

/** One step of a sequence; only waits block. */
export type DesignStep =
  | (TilePlace & {
      readonly kind: 'bd'
      readonly direction: DmaDirection
      readonly channel: number
      readonly bd: DesignBd
      readonly at: Span
    })
  | (TilePlace & {
      readonly kind: 'push'
      readonly direction: DmaDirection
      readonly channel: number
      readonly bd: number
      readonly repeat: number
      readonly token: boolean
      readonly at: Span
    })
  | (TilePlace & {
      readonly kind: 'wait'
      readonly direction: DmaDirection
      readonly channel: number
      readonly at: Span
    })
  /** Writes consecutive registers; with an argument, its host address is added to the descriptor in the words. */
  | (TilePlace & {
      readonly kind: 'block'
      readonly offset: number
      readonly words: readonly number[]
      readonly argument?: number
      readonly what: string
      readonly at: Span
    })
  /** Writes bits of a register of a tile; without mask all of them. */
  | (TilePlace & {
      readonly kind: 'write'
      /** Byte offset in the tile. */
      readonly offset: number
      readonly value: number
      readonly mask?: number
      readonly what: string
      readonly at: Span
    })

export interface DesignSequence {
  readonly name: string
  readonly args: readonly DesignArgument[]
  readonly steps: readonly DesignStep[]
  /** Scalar arguments have no values yet: the steps are empty, and the design must be compiled with them. */
  readonly unbound?: true
  readonly at: Span
}

export interface DesignImage<Body = unknown> {
  readonly profile: ProfileId
  /** Name of the device operation. */
  readonly name: string
  /** The device the source names. */
  readonly declared: string
  readonly retargeted: boolean
  /** Columns from 0 that the design takes. */
  readonly columns: number
  /** Core tiles to ask for when a context is created: whole columns. */
  readonly numTiles: number
  readonly tiles: readonly DesignTile[]
  readonly dma: readonly DesignChannelProgram[]
  readonly routes: readonly DesignRoute[]
  readonly fifos: readonly DesignFifo[]
  readonly cores: readonly DesignCore<Body>[]
  readonly allocations: readonly DesignAllocation[]
  readonly sequences: readonly DesignSequence[]
  /** Column and row of tiles above the shim row whose channels issue tokens. */
  readonly tokenTiles: readonly TilePlace[]
}

function hexOf(value: number): string {
  return `0x${value.toString(16)}`
}

function bdText(bd: DesignBd): string {
  const where = bd.buffer ?? (bd.argument === undefined ? 'nothing' : `argument ${bd.argument}`)
  const parts = [`bd ${bd.id} ${where} at ${hexOf(bd.address)}, ${bd.lengthWords} words`]
  if (bd.dims.length > 0) parts.push(`dims ${bd.dims.map((d) => `${d.size}*${d.step}`).join(' ')}`)
  if (bd.iteration)
    parts.push(
      `iteration ${bd.iteration.size}*${bd.iteration.step}${bd.iteration.current ? ` from ${bd.iteration.current}` : ''}`,
    )
  if (bd.pads) parts.push(`pads ${bd.pads.map((p) => `${p.before}+${p.after}`).join(' ')}`)
  if (bd.acquire)
    parts.push(
      `acquire ${bd.acquire.id} ${bd.acquire.value < 0 ? '>=' : '=='} ${Math.abs(bd.acquire.value)}`,
    )
  if (bd.release) parts.push(`release ${bd.release.id} + ${bd.release.value}`)
  if (bd.next !== undefined) parts.push(`next ${bd.next}`)
  return parts.join(', ')
}

function stepText(step: DesignStep): string {
  const at = `${step.column},${step.row}`
  if (step.kind === 'write') {
    const mask = step.mask === undefined ? '' : ` under ${hexOf(step.mask)}`
    return `write ${at} ${hexOf(step.offset)} = ${hexOf(step.value)}${mask} (${step.what})`
  }
  if (step.kind === 'block') {
    const argument = step.argument === undefined ? '' : ` with argument ${step.argument}`
    return `write ${at} ${hexOf(step.offset)}, ${step.words.length} words${argument} (${step.what})`
  }
  const channel = `${at} ${step.direction} ${step.channel}`
  if (step.kind === 'bd') return `set ${channel}: ${bdText(step.bd)}`
  if (step.kind === 'wait') return `wait ${channel}`
  return `push ${channel}: bd ${step.bd}, ${step.repeat} times${step.token ? ', token' : ''}`
}

/** The image as readable text: one line per buffer, lock, descriptor, route and step. */
export function dumpDesign(image: DesignImage): string {
  const lines = [`design ${image.name} on ${image.profile}, ${image.columns} columns`]
  for (const tile of image.tiles) {
    lines.push(`tile ${tile.column},${tile.row} ${tile.kind}`)
    for (const b of tile.buffers) {
      const type = [...b.shape, b.element].join('x')
      lines.push(`  buffer ${b.name} at ${hexOf(b.address)}, ${b.sizeBytes} bytes, ${type}`)
    }
    for (const l of tile.locks) lines.push(`  lock ${l.id} ${l.name} = ${l.init}`)
  }
  for (const d of image.dma) {
    const starts = d.starts
      .map((s) => `${s.bd}${s.repeat > 1 ? ` ${s.repeat} times` : ''}`)
      .join(', ')
    lines.push(`dma ${d.column},${d.row} ${d.direction} ${d.channel}, start ${starts}`)
    for (const bd of d.bds) lines.push(`  ${bdText(bd)}`)
  }
  const end = (e: DesignStreamEnd) => `${e.column},${e.row} ${e.bundle} ${e.channel}`
  for (const route of image.routes) {
    const tiles = route.hops.map((h) => `${h.column},${h.row}`).join(' ')
    lines.push(`route ${end(route.source)} to ${route.sinks.map(end).join(' and ')} by ${tiles}`)
  }
  for (const sequence of image.sequences) {
    lines.push(`sequence ${sequence.name}(${sequence.args.map((a) => a.type).join(', ')})`)
    for (const step of sequence.steps) lines.push(`  ${stepText(step)}`)
  }
  return lines.join('\n')
}
