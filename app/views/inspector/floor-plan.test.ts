import { describe, expect, it } from 'vitest'
import { frameAt } from '../../canvas/test-kit/moment.ts'
import { makeScene } from '../../canvas/test-kit/scene.ts'
import { planOf, planWidth } from './floor-plan.ts'
import { tileOf } from './tile.ts'

const scene = makeScene(3, 2)
const frame = frameAt(scene, 4010)
const plans = scene.tiles.map((tile) => planOf(scene, frame, tile))

describe('the floor plan', () => {
  it('keeps everything inside the picture, on every kind of tile', () => {
    for (const plan of plans) {
      const blocks = [...plan.channels, ...(plan.core ? [plan.core] : [])]
      for (const { x, y, width, height } of blocks) {
        expect(x).toBeGreaterThanOrEqual(0)
        expect(x + width).toBeLessThanOrEqual(planWidth)
        expect(y + height).toBeLessThanOrEqual(plan.height)
      }
      for (const lock of plan.locks) expect(lock.x + 10.6).toBeLessThanOrEqual(planWidth)
    }
  })

  it('keeps every piece of a buffer inside one bank', () => {
    for (const plan of plans) {
      for (const { x, width } of plan.pieces) {
        const inside = plan.banks.some(
          (bank) => x >= bank.x - 1e-6 && x + width <= bank.x + bank.width + 1.01,
        )
        expect(inside).toBe(true)
      }
    }
  })

  it('never lays channels over each other or over the core', () => {
    for (const plan of plans) {
      const boxes = [...plan.channels, ...(plan.core ? [plan.core] : [])]
      boxes.forEach((one, index) => {
        for (const other of boxes.slice(index + 1)) {
          const apart =
            one.x + one.width <= other.x ||
            other.x + other.width <= one.x ||
            one.y + one.height <= other.y ||
            other.y + other.height <= one.y
          expect(apart).toBe(true)
        }
      })
    }
  })
})

describe('finding the tile of a part', () => {
  it('goes by the name', () => {
    expect(tileOf(scene, 'tile[1,3].dma.mm2s0')).toMatchObject({ column: 1, row: 3 })
    expect(tileOf(scene, 'tile[9,9].core')).toBeUndefined()
    expect(tileOf(scene, 'uc0')).toBeUndefined()
  })
})
