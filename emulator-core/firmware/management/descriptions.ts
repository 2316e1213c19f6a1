/**
 * Descriptions: what the firmware answers about itself and the array.
 *
 *     facts, running images ──▶ ┌──────────────┐ ──▶ the response at hand
 *                               │ Descriptions │
 *                               └──────────────┘
 */
import { mailbox, message } from '../../device/abi/mailbox.ts'
import type { HostFacts, TileInfo } from '../../device/host-facts.ts'

/** Words of what runs, by the beginnings of the images. */
export const Images = { npu: 0, cert: 4, queueMajor: 8, queueMinor: 9, count: 10 } as const

export class Descriptions {
  private readonly facts: HostFacts
  private readonly tile: TileInfo
  private readonly out: Uint32Array
  private readonly bytes: Uint8Array
  private readonly view: DataView

  /** `out` is where a response is built, its status first. */
  constructor(facts: HostFacts, tile: TileInfo, out: Uint32Array) {
    this.facts = facts
    this.tile = tile
    this.out = out
    this.bytes = new Uint8Array(out.buffer)
    this.view = new DataView(out.buffer)
  }

  /** Version of the array. */
  array(): number {
    const { aieVersion } = this.facts.device
    this.view.setUint16(message.aieVersion.major, aieVersion.major, true)
    this.view.setUint16(message.aieVersion.minor, aieVersion.minor, true)
    return mailbox.status.success
  }

  /** Version of the uC firmware, and of the host queue that it speaks. */
  cert(images: Int32Array): number {
    const at = message.certVersion
    const [major, minor, hotfix, build] = images.subarray(Images.cert)
    this.bytes[at.major] = major
    this.bytes[at.minor] = minor
    this.bytes[at.hotfix] = hotfix
    this.bytes[at.build] = build
    this.putText(at.hash, at.hashBytes, this.facts.certHash)
    this.putText(at.date, at.dateBytes, this.facts.certDate)
    this.view.setUint16(at.hostQueueMajor, images[Images.queueMajor]!, true)
    this.view.setUint16(at.hostQueueMinor, images[Images.queueMinor]!, true)
    return mailbox.status.success
  }

  /** ASCII text, cut so that a zero byte follows. */
  private putText(at: number, bytes: number, text: string): void {
    for (let i = 0; i < bytes - 1 && i < text.length; i++) this.bytes[at + i] = text.charCodeAt(i)
  }

  /** Geometry of the array. */
  tiles(): number {
    const at = message.tileInfo
    const { columns, coreRows } = this.facts.device
    const { memRows, shimRows } = this.tile
    const rows = coreRows + memRows + shimRows
    const put = (offset: number, value: number): void => this.view.setUint16(offset, value, true)
    this.view.setUint32(at.size, rows * this.facts.columnBytesPerRow, true)
    put(at.major, this.facts.device.aieVersion.major)
    put(at.minor, this.facts.device.aieVersion.minor)
    put(at.cols, columns)
    put(at.rows, rows)
    put(at.coreRows, coreRows)
    put(at.memRows, memRows)
    put(at.shimRows, shimRows)
    put(at.shimRowStart, 0)
    put(at.memRowStart, shimRows)
    put(at.coreRowStart, shimRows + memRows)
    put(at.coreDma, this.tile.coreDma)
    put(at.memDma, this.tile.memDma)
    put(at.shimDma, this.tile.shimDma)
    put(at.coreLocks, this.tile.coreLocks)
    put(at.memLocks, this.tile.memLocks)
    put(at.shimLocks, this.tile.shimLocks)
    put(at.coreEvents, this.tile.coreEvents)
    put(at.memEvents, this.tile.memEvents)
    put(at.shimEvents, this.tile.shimEvents)
    return mailbox.status.success
  }

  /** Clocks by level. */
  clocks(): number {
    const { dpm } = this.facts.device
    const at = message.dpmTable
    this.out[at.aieCount >> 2] = dpm.length
    this.out[at.hCount >> 2] = dpm.length
    for (let i = 0; i < dpm.length; i++) {
      this.out[(at.aie >> 2) + i] = dpm[i][0]
      this.out[(at.h >> 2) + i] = dpm[i][1]
    }
    return mailbox.status.success
  }
}
