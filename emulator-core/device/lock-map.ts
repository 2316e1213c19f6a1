/** Lock registers: the value register of each lock and the window in which a read is a request. */
import type { LockMap } from './tiles.ts'

/** A run of locks whose registers are regular. */
export interface LockGroup {
  readonly first: number
  readonly count: number
  /** Tile offset of the first value register; they follow every 16 bytes. */
  readonly value: number
  /** Tile offset of the request window: id from bit 10, acquire in bit 9, value in bits 8:2. */
  readonly request: number
}

const valueStride = 0x10
const requestStride = 0x400
const acquireBit = 0x200

/** Builds the lookups of one tile kind from its groups. */
export function lockMap(groups: readonly LockGroup[]): LockMap {
  const groupOf = (lock: number) => groups.find((g) => lock >= g.first && lock < g.first + g.count)!
  return {
    count: groups.reduce((sum, g) => sum + g.count, 0),
    value: (lock) => groupOf(lock).value + valueStride * (lock - groupOf(lock).first),
    lockAt(offset) {
      for (const g of groups) {
        const at = offset - g.value
        if (at >= 0 && at < g.count * valueStride && at % valueStride === 0)
          return g.first + at / valueStride
      }
      return -1
    },
    request(offset) {
      for (const g of groups) {
        const at = offset - g.request
        if (at < 0 || at >= g.count * requestStride) continue
        const value = (((at >> 2) & 0x7f) << 25) >> 25
        return {
          lock: g.first + Math.floor(at / requestStride),
          acquire: (at & acquireBit) !== 0,
          value,
        }
      }
      return undefined
    },
    requestOffset(lock, acquire, value) {
      const g = groupOf(lock)
      return (
        g.request +
        requestStride * (lock - g.first) +
        (acquire ? acquireBit : 0) +
        ((value & 0x7f) << 2)
      )
    },
  }
}
