import fc from 'fast-check'
import { describe as suite, expect, it } from 'vitest'
import { mapOfRow } from '../../../device/geometry.ts'
import { describe } from '../../../device/profiles.ts'
import type { Bundle, ProfileId } from '../../../device/tiles.ts'
import type { DesignRoute } from '../../../artifacts/design-image.ts'
import type { Design } from '../compile.ts'
import { compile, image, module, profileIds } from '../test-kit/kit.ts'

const steps: Partial<Record<Bundle, readonly [number, number, Bundle]>> = {
  north: [0, 1, 'south'],
  south: [0, -1, 'north'],
  east: [1, 0, 'west'],
  west: [-1, 0, 'east'],
}

/** Follows a route port by port; gives back the ports at which it ends. */
function follow(design: Design, route: DesignRoute, used: Set<string>): string[] {
  const device = describe(design.profile)
  const ends: string[] = []
  const first = route.hops[0]!
  const walk = (column: number, row: number, slave: number): void => {
    const { data } = mapOfRow(device, row)
    const hop = route.hops.find((h) => h.column === column && h.row === row && h.slave === slave)
    expect(hop).toBeDefined()
    const key = `${column},${row} in ${slave}`
    expect(used.has(key)).toBe(false)
    used.add(key)
    for (const master of hop!.masters) {
      expect(data.legal(slave, master)).toBe(true)
      const out = `${column},${row} out ${master}`
      expect(used.has(out)).toBe(false)
      used.add(out)
      const port = data.masters[master]!
      const step = steps[port.bundle]
      const next = step && mapOfRow(device, row + step[1])
      const entry =
        next?.data.slaves.findIndex((p) => p.bundle === step![2] && p.channel === port.channel) ??
        -1
      const leadsOn =
        step &&
        entry >= 0 &&
        route.hops.some(
          (h) => h.column === column + step[0] && h.row === row + step[1] && h.slave === entry,
        )
      if (leadsOn) walk(column + step[0], row + step[1], entry)
      else ends.push(`${column},${row} ${port.bundle} ${port.channel}`)
    }
  }
  walk(first.column, first.row, first.slave)
  return ends.sort()
}

/** Every route starts and ends where it says, by legal connections, and no port has two streams. */
function check(design: Design): void {
  const device = describe(design.profile)
  const used = new Set<string>()
  for (const route of design.routes) {
    const portOf = (end: DesignRoute['source'], direction: 's2mm' | 'mm2s') => {
      if (end.bundle !== 'dma') return `${end.column},${end.row} ${end.bundle} ${end.channel}`
      const channel = mapOfRow(device, end.row).channels.find(
        (c) => c.role === 'data' && c.direction === direction && c.channel === end.channel,
      )!
      return `${end.column},${end.row} ${channel.port.bundle} ${channel.port.channel}`
    }
    const first = route.hops[0]!
    const slave = mapOfRow(device, first.row).data.slaves[first.slave]!
    expect(`${first.column},${first.row} ${slave.bundle} ${slave.channel}`).toBe(
      portOf(route.source, 'mm2s'),
    )
    expect(follow(design, route, used)).toEqual(route.sinks.map((s) => portOf(s, 's2mm')).sort())
  }
}

/** Three columns, each: shim, memory tile, four cores, everything through the memory tile. */
function full(columns: number): string {
  const body: string[] = []
  for (let c = 0; c < columns; c++) {
    body.push(`%s${c} = aie.tile(${c}, 0) %m${c} = aie.tile(${c}, 1)`)
    const rows = [2, 3, 4, 5]
    for (const r of rows) body.push(`%c${c}${r} = aie.tile(${c}, ${r})`)
    body.push(`aie.objectfifo @in${c}(%s${c}, {%m${c}}, 2 : i32) : !aie.objectfifo<memref<32xi32>>`)
    body.push(
      `aie.objectfifo @out${c}(%m${c}, {%s${c}}, 2 : i32) : !aie.objectfifo<memref<32xi32>>`,
    )
    for (const r of rows) {
      body.push(
        `aie.objectfifo @i${c}${r}(%m${c}, {%c${c}${r}}, 2 : i32) : !aie.objectfifo<memref<8xi32>>`,
      )
      body.push(
        `aie.objectfifo @o${c}${r}(%c${c}${r}, {%m${c}}, 2 : i32) : !aie.objectfifo<memref<8xi32>>`,
      )
    }
    const all = (p: string) => rows.map((r) => `@${p}${c}${r}`).join(', ')
    body.push(`aie.objectfifo.link [@in${c}] -> [${all('i')}] ([] [0, 8, 16, 24])`)
    body.push(`aie.objectfifo.link [${all('o')}] -> [@out${c}] ([0, 8, 16, 24] [])`)
  }
  return module(body.join('\n'), 'npu1')
}

suite('routes', () => {
  for (const profile of profileIds) {
    it(`of full columns are legal on ${profile}`, () => {
      check(image(full(3), { profile }))
    })
  }

  it('of random streams are legal, or it is said that there is none', () => {
    const place = fc.record({ column: fc.nat(2), row: fc.integer({ min: 0, max: 5 }) })
    const stream = fc.record({ from: place, to: fc.array(place, { minLength: 1, maxLength: 3 }) })
    let routed = 0
    fc.assert(
      fc.property(
        fc.constantFrom(...profileIds),
        fc.array(stream, { minLength: 1, maxLength: 9 }),
        (profile: ProfileId, list) => {
          const tiles = Array.from(
            { length: 18 },
            (_, i) => `%t${Math.floor(i / 6)}${i % 6} = aie.tile(${Math.floor(i / 6)}, ${i % 6})`,
          )
          const name = (p: { column: number; row: number }) => `%t${p.column}${p.row}`
          const fifos = list.map(({ from, to }, i) => {
            const distinct = [...new Set(to.map(name))].filter((t) => t !== name(from))
            return distinct.length === 0
              ? ''
              : `aie.objectfifo @f${i}(${name(from)}, {${distinct.join(', ')}}, 1 : i32) {via_DMA = true} : !aie.objectfifo<memref<8xi32>>`
          })
          const { image: made, diagnostics } = compile(
            module([...tiles, ...fifos].join('\n'), 'npu1'),
            { profile },
          )
          if (made) {
            routed++
            check(made)
          } else
            expect(
              diagnostics.map((d) => d.code).every((c) => c === 'D0407' || c === 'D0701'),
            ).toBe(true)
        },
      ),
      { numRuns: 60 },
    )
    expect(routed).toBeGreaterThan(5)
  })

  it('are the same on every run', () => {
    const routes = () => JSON.stringify(image(full(3), { profile: 'aie4' }).routes)
    expect(routes()).toBe(routes())
  })

  it('choose channels that the ports can reach on AIE4', () => {
    // Only one of the streams that come down may end in each channel, and north 0 reaches only channels 0 to 2.
    const made = image(full(1), { profile: 'aie4' })
    const channels = made.dma
      .filter((d) => d.row === 1 && d.direction === 's2mm')
      .map((d) => d.channel)
    expect(new Set(channels).size).toBe(5)
  })

  it('keep numbers that the source gives on its own device, and may change them elsewhere', () => {
    const text = module(`%m = aie.tile(0, 1) %c = aie.tile(0, 2)
      aie.flow(%m, DMA : 3, %c, DMA : 1)`)
    const ends = (profile: ProfileId) => {
      const [route] = image(text, { profile }).routes
      return [route!.source.channel, route!.sinks[0]!.channel]
    }
    expect(ends('npu1')).toEqual([3, 1])
    expect(ends('aie4')).toEqual([3, 1])
  })

  it('reach core streams too', () => {
    const made = image(
      module(`%c = aie.tile(0, 2) %d = aie.tile(0, 3) aie.flow(%c, Core : 0, %d, Core : 0)`),
    )
    check(made)
    expect(made.routes[0]!.sinks[0]!.bundle).toBe('core')
  })
})

suite('a core of AIE4', () => {
  it('has one sending channel; a second one is refused in plain words', () => {
    const text = module(`%c = aie.tile(0, 2) %s = aie.tile(0, 0)
      aie.objectfifo @a(%c, {%s}, 1 : i32) : !aie.objectfifo<memref<8xi32>>
      aie.objectfifo @b(%c, {%s}, 1 : i32) : !aie.objectfifo<memref<8xi32>>`)
    expect(compile(text).diagnostics).toEqual([])
    const [only] = compile(text, { profile: 'aie4' }).diagnostics
    expect(only!.message).toBe(
      'tile (0, 2) needs more MM2S channels than a core tile of this device has (1)',
    )
  })
})
