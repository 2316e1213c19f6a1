/** What is measured. Numbers of metrics are those of the performance list in docs. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { buildProject } from '../emulator-core/worker/build.ts'
import { readFolder } from '../emulator-core/worker/cli/files.ts'
import type { Package } from '../emulator-core/artifacts/package.ts'
import { drain } from '../emulator-core/worker/pump.ts'
import { Machine } from '../emulator-core/machine/machine.ts'
import type { RunOptions } from '../emulator-core/machine/machine.ts'
import { median, percentile, timed } from './harness.ts'
import type { Metric } from './harness.ts'
import { busyProject, gemmProject } from './projects.ts'
import type { Files } from './projects.ts'
import { referenceGemm } from './reference-gemm.ts'
import { arrayMetrics } from './array.ts'
import { controlMetrics } from './control.ts'
import { frameMetrics } from './frames.ts'

const size = 256
const rounds = 7
/** Rounds before the first that counts: engines optimise what runs often. */
const warmups = 3

function packageOf(files: Files): Package {
  const { pkg, diagnostics } = buildProject(files)
  if (!pkg) throw new Error(diagnostics.map((d) => `${d.at.file}: ${d.message}`).join('\n'))
  return pkg
}

function machineOf(files: Files, options: RunOptions = {}): Machine {
  return new Machine(packageOf(files), options)
}

function randomBytes(length: number, seed: number): Int8Array {
  let x = seed
  return Int8Array.from({ length }, () => {
    x = (Math.imul(x, 1664525) + 1013904223) | 0
    return x >> 24
  })
}

/** 1: full-stack int8 GEMM, doorbell to completion, against the plain-JavaScript one. */
function gemm(): Metric[] {
  const a = randomBytes(size * size, 1)
  const b = randomBytes(size * size, 2)
  const expected = new Int32Array(size * size)
  const pkg = packageOf(gemmProject(a, b))
  let correct = true
  let machine: Machine | undefined
  let cycles = 0
  const stack: number[] = []
  const reference: number[] = []
  for (let i = -warmups; i < rounds; i++) {
    machine = new Machine(pkg)
    drain(machine.clockwork.forward(Infinity, () => machine!.parts.landmarks.origin >= 0))
    const from = machine.now
    const took = timed(() => drain(machine!.run()))
    if (i >= 0) stack.push(took)
    cycles = machine.now - from
    const plain = timed(() => {
      for (let n = 0; n < 3; n++) referenceGemm(a, b, expected, size, size, size)
    })
    if (i >= 0) reference.push(plain / 3)
    const out = machine.parts.runtime.buffers().get('C')!
    const found = new Int32Array(out.slice().buffer)
    correct &&= found.every((v, at) => v === expected[at])
  }
  return [
    {
      id: 1,
      name: 'full-stack int8 GEMM / reference GEMM speed',
      value: median(reference) / median(stack),
      unit: '×',
      how: `256³ on 8 cores, ${cycles} cycles; limit about 3 in V8`,
      correct,
    },
  ]
}

/** 8: one step back at random points of a long session. 9: throughput with history against without. */
function history(): Metric[] {
  const machine = machineOf(busyProject('aie4', 700_000))
  drain(machine.run())
  const end = machine.now
  const { origin } = machine
  const samples: number[] = []
  let x = 12345
  for (let i = 0; i < 60; i++) {
    x = (Math.imul(x, 1103515245) + 12345) >>> 0
    const tick = origin + 1 + (x % Math.max(1, end - origin - 2))
    drain(machine.seek({ tick }))
    samples.push(timed(() => drain(machine.seek({ tick: machine.now - 1 }))))
  }
  return [
    {
      id: 8,
      name: 'step back one cycle, p95',
      value: percentile(samples, 0.95),
      unit: 'ms',
      how: `random points of ${end - origin} cycles`,
      correct: true,
    },
  ]
}

/** 14: what the page loads before the editor; wasm files. */
function bundle(): Metric[] {
  const folder = 'dist/assets'
  if (!existsSync(folder)) throw new Error('build first: npm run build')
  const files = readdirSync(folder)
  const html = readFileSync('dist/index.html', 'utf8')
  const initial = files.filter((f) => f.endsWith('.js') && html.includes(f))
  const kb = (list: string[]) =>
    list.reduce((n, f) => n + gzipSync(readFileSync(`${folder}/${f}`)).length, 0) / 1024
  return [
    {
      id: 14,
      name: 'initial script before the editor',
      value: kb(initial),
      unit: 'kB gz',
      how: initial.join(' '),
      correct: true,
    },
    {
      id: 14,
      name: 'worker script',
      value: kb(files.filter((f) => /^worker.*\.js$/.test(f))),
      unit: 'kB gz',
      how: 'loaded beside it',
      correct: true,
    },
    {
      id: 14,
      name: 'wasm files',
      value: files.filter((f) => f.endsWith('.wasm')).length,
      unit: '',
      how: 'must be 0',
      correct: true,
    },
  ]
}

/** 15: equal state hashes over engines, directions and slice sizes. */
function determinism(): Metric[] {
  const files = readFolder('public/examples/double')
  const sums = new Set<string>()
  let samples = 0
  for (const engine of ['jit', 'interpreter'] as const) {
    const machine = machineOf(files, { engine })
    drain(machine.run())
    const end = machine.now
    sums.add(machine.checksum())
    drain(machine.seek({ tick: machine.origin + 17_000 }))
    drain(machine.seek({ tick: end }))
    sums.add(machine.checksum())
    samples += 2
  }
  return [
    {
      id: 15,
      name: 'determinism: distinct end checksums',
      value: sums.size,
      unit: '',
      how: `${samples} ways to the end of double, Node; the browser stories compare with Chromium`,
      correct: sums.size === 1,
    },
  ]
}

export const metrics: Readonly<Record<string, () => Metric[] | Promise<Metric[]>>> = {
  gemm,
  ...arrayMetrics,
  history,
  frames: frameMetrics,
  bundle,
  determinism,
  control: controlMetrics,
}
