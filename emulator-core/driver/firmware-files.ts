/**
 * Firmware files: the images that lie on the host's disk, by the path rule of the driver.
 *
 *     bring-up ── amdnpu/17f1_10/npu.dev.sbin ──▶ ┌───────────────┐ ── size, beginning ──▶ host memory
 *                                                 │ FirmwareFiles │
 *     experiments ── missing, size, versions ───▶ └───────────────┘
 *
 * Faithful    path rule, which folders exist, the limit of the uC image
 * Simplified  an image is its beginning and a size; folders of the same generation hold the same two files
 */
import { imageHeader, powerUp } from '../device/abi/power-up.ts'
import { firmwarePath, identity } from '../device/identity.ts'
import type { HostFacts } from '../device/host-facts.ts'
import type { PagedMemory } from '../sim/memory.ts'
import type { Sim } from '../sim/sim.ts'

/** The two files of a folder. */
export type FirmwareFile = 'npu' | 'cert'

/** What an experiment changes on the disk; what it does not name is as shipped. */
export interface DiskChanges {
  /** Bytes of the file; -1: it is not there. */
  readonly npuBytes?: number
  readonly certBytes?: number
  readonly protocol?: readonly [major: number, minor: number]
  readonly hostQueue?: readonly [major: number, minor: number]
}

/** Per file: bytes (-1 when missing), major, minor. */
const Word = { bytes: 0, major: 1, minor: 2, count: 3 } as const
const places = { npu: 0, cert: Word.count } as const

export class FirmwareFiles {
  private readonly words: Int32Array
  private readonly facts: HostFacts

  constructor(sim: Sim, facts: HostFacts) {
    this.facts = facts
    this.words = sim.state.i32('driver.firmware.files', 2 * Word.count)
    this.change({})
  }

  /** Puts the files as shipped, with changes. */
  change(changes: DiskChanges): void {
    const { protocol, hostQueue } = this.facts
    this.words.set([
      changes.npuBytes ?? identity.npuBytes,
      ...(changes.protocol ?? [protocol.major, protocol.minor]),
      changes.certBytes ?? identity.certBytes,
      ...(changes.hostQueue ?? [hostQueue.major, hostQueue.minor]),
    ])
  }

  /** Bytes of the file of a function, -1 when there is none. */
  sizeOf(device: number, revision: number, file: FirmwareFile): number {
    const hasFolder = identity.table.some(
      (row) => row.device === device && row.revision === revision && row.role !== 'vf',
    )
    return hasFolder ? this.words[places[file] + Word.bytes]! : -1
  }

  /** Writes a file to physical memory; the code behind its beginning is zeros. */
  copy(file: FirmwareFile, memory: PagedMemory, address: number): void {
    const at = places[file]
    const [bytes, major, minor] = this.words.subarray(at, at + Word.count)
    const isNpu = file === 'npu'
    const kind = isNpu ? powerUp.image.npu : powerUp.image.cert
    const version = isNpu ? this.facts.npuVersion : this.facts.certVersion
    const words = imageHeader(kind, bytes!, version, major!, minor!)
    words.forEach((word, i) => {
      if (4 * i + 4 <= bytes!) memory.write32(address + 4 * i, word)
    })
  }

  /** Files of a function by path, with their sizes, for the app. */
  list(device: number, revision: number): readonly { path: string; bytes: number }[] {
    return (['npu', 'cert'] as const).map((file) => ({
      path: firmwarePath(device, revision, file),
      bytes: this.sizeOf(device, revision, file),
    }))
  }
}
