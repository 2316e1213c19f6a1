/** Floor plan: where the blocks of a tile stand in the inspector's picture, and what they say now. */
import {
  ChannelColumn,
  CoreColumn,
  State,
  type Frame,
  type Scene,
  type SceneTile,
} from '../../../emulator-core/worker/frame.ts'

export interface Block {
  readonly part: string
  readonly label: string
  readonly code: string
  readonly look: 'run' | 'wait' | 'idle' | 'fault' | 'done'
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface BankPiece {
  readonly x: number
  readonly width: number
  readonly role: 'in' | 'out' | 'inner' | 'stack'
  readonly name: string
}

export interface LockCell {
  readonly x: number
  readonly value: number
  readonly used: boolean
  readonly part: string
  readonly name: string
}

export interface Plan {
  readonly height: number
  readonly core: (Block & { readonly vector: boolean }) | undefined
  readonly channels: readonly Block[]
  readonly memoryWords: string
  readonly banks: readonly { readonly x: number; readonly width: number }[]
  readonly pieces: readonly BankPiece[]
  readonly locks: readonly LockCell[]
}

export const planWidth = 288
const left = 10
const inner = 268

/** One letter and a look for a state code. */
function stateWord(state: number): { code: string; look: Block['look'] } {
  switch (state) {
    case State.run:
      return { code: '▶', look: 'run' }
    case State.lock:
      return { code: 'L', look: 'wait' }
    case State.stream:
      return { code: 'S', look: 'wait' }
    case State.bank:
      return { code: 'B', look: 'wait' }
    case State.dma:
      return { code: 'D', look: 'wait' }
    case State.done:
      return { code: '✓', look: 'done' }
    case State.fault:
      return { code: '✕', look: 'fault' }
    case State.off:
      return { code: '∅', look: 'idle' }
    default:
      return { code: '·', look: 'idle' }
  }
}

const kib = (bytes: number) =>
  bytes >= 1 << 20 ? `${Math.round(bytes / (1 << 20))} MiB` : `${Math.round(bytes / 1024)} KiB`

/** Rows of channels beside the core, or over the whole width when there is none. */
function placeChannels(scene: Scene, frame: Frame, tile: SceneTile): Block[] {
  const from = tile.core >= 0 ? 114 : left
  const columns = tile.core >= 0 ? 2 : 3
  const gap = 8
  const width = (left + inner - from - gap * (columns - 1)) / columns
  return tile.channels.map((index, at) => {
    const channel = scene.channels[index]
    const state =
      frame.words[frame.layout.channels + index * ChannelColumn.size + ChannelColumn.state] ?? 0
    return {
      part: channel?.part ?? '',
      label: channel?.label ?? '',
      ...stateWord(channel?.used === false ? State.off : state),
      x: from + (at % columns) * (width + gap),
      y: 10 + Math.floor(at / columns) * 31,
      width,
      height: 25,
    }
  })
}

function placeBanks(scene: Scene, tile: SceneTile): Pick<Plan, 'banks' | 'pieces'> {
  const gap = 1.1
  const width = (inner - gap * (tile.banks - 1)) / tile.banks
  const bankBytes = tile.memoryBytes / tile.banks
  const banks = Array.from({ length: tile.banks }, (_, at) => ({
    x: left + at * (width + gap),
    width,
  }))
  const pieces: BankPiece[] = []
  for (const buffer of scene.buffers) {
    if (buffer.column !== tile.column || buffer.row !== tile.row) continue
    // A buffer that spans banks is drawn in each of them.
    for (let at = buffer.offset; at < buffer.offset + buffer.sizeBytes;) {
      const bank = Math.floor(at / bankBytes)
      const end = Math.min(buffer.offset + buffer.sizeBytes, (bank + 1) * bankBytes)
      const start = (at - bank * bankBytes) / bankBytes
      pieces.push({
        x: left + bank * (width + gap) + start * width,
        width: Math.max(1, ((end - at) / bankBytes) * width),
        role: buffer.role,
        name: buffer.name,
      })
      at = end
    }
  }
  return { banks, pieces }
}

/** The whole picture of one tile at the moment of the frame. */
export function planOf(scene: Scene, frame: Frame, tile: SceneTile): Plan {
  const channels = placeChannels(scene, frame, tile)
  const core = scene.cores[tile.core]
  const coreRow = frame.layout.cores + tile.core * CoreColumn.size
  const channelRows = channels.length === 0 ? 0 : Math.max(...channels.map(({ y }) => y)) + 25
  const blocks = Math.max(core ? 66 : 0, channelRows)
  const locksShown = tile.locks.slice(0, 20)
  const used = tile.usedBytes < 0 ? '' : `${kib(tile.usedBytes)} used`
  return {
    height: blocks + (tile.banks > 0 ? 45 : 10) + (locksShown.length > 0 ? 21 : 0),
    core: core && {
      part: core.part,
      label: 'Core',
      ...stateWord(frame.words[coreRow + CoreColumn.state] ?? 0),
      x: left,
      y: 10,
      width: 96,
      height: 56,
      vector: (frame.words[coreRow + CoreColumn.vector] ?? 0) > 0,
    },
    channels,
    memoryWords:
      tile.banks > 0
        ? `Data memory, ${tile.banks} banks of ${kib(tile.memoryBytes / tile.banks)}|${used}`
        : '',
    ...(tile.banks > 0 ? placeBanks(scene, tile) : { banks: [], pieces: [] }),
    locks: locksShown.map((index, at) => ({
      x: 46 + at * 12.2,
      value: frame.words[frame.layout.locks + index] ?? 0,
      used: scene.locks[index] !== undefined,
      part: scene.locks[index]?.part ?? '',
      name: scene.locks[index]?.name ?? '',
    })),
  }
}
