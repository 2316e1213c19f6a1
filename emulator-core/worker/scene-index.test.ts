import { describe, expect, it } from 'vitest'
import { Machine } from '../machine/machine.ts'
import { buildProject } from './build.ts'
import { readFolder } from './cli/files.ts'
import { indexScene } from './scene-index.ts'

describe('the scene of a machine', () => {
  it.each(['aie4', 'npu4', 'npu1'] as const)(
    'names a channel at each end of a route that the design says is DMA, on %s',
    (device) => {
      const { pkg } = buildProject(readFolder('public/examples/double'), { device })
      const { scene } = indexScene({
        machine: new Machine(pkg!),
        title: '',
        project: '',
        files: { kernel: [], design: [], control: [], host: [], data: [] },
        hostSteps: [],
        controlFiles: new Map(),
        sequence: undefined,
        discovery: undefined,
      })
      const routes = pkg!.image!.routes
      expect(scene.routes).toHaveLength(routes.length)
      expect(routes.length).toBeGreaterThan(0)
      for (const [i, route] of routes.entries()) {
        const { source, sinks } = scene.routes[i]!
        expect(source >= 0).toBe(route.source.bundle === 'dma')
        expect(sinks.map((s) => s >= 0)).toEqual(route.sinks.map((s) => s.bundle === 'dma'))
      }
    },
  )
})
