/** Links random core IR for one core with two buffers, and says what memory it must leave. */
import type { CoreArch } from '../../../device/core-facts.ts'
import { linkCore, type LinkResult } from '../../../languages/codegen/link.ts'
import type { PipelinePolicy } from '../../../languages/codegen/pipeline.ts'
import type { IrModule } from '../../../languages/codegen/ir.ts'
import { nowhere } from '../../../languages/codegen/test-kit/build.ts'
import { Evaluator } from '../../../languages/codegen/test-kit/evaluate.ts'
import { TestArray, testDmBytes, testOwn, testPmBytes } from './harness.ts'

const inAt = 0x1000
const outAt = 0x4000
/** Bytes of data memory that programs may touch besides stack and globals. */
export const seenBytes = 0x8000

const symbols = new Map([
  ['in', testOwn + inAt],
  ['out', testOwn + outAt],
])

export function linkMain(
  module: IrModule,
  arch: CoreArch = 'aie4',
  pipeline: PipelinePolicy = 'always',
  pmBytes = testPmBytes,
): LinkResult {
  return linkCore({
    entry: 'main',
    modules: [module],
    symbols,
    free: [{ from: seenBytes, to: testDmBytes }],
    stackBytes: 8192,
    arch,
    pmBytes,
    windowBase: testOwn,
    lineOf: () => 1,
    at: nowhere,
    pipeline,
  })
}

export function fillBuffers(memory: Uint8Array): void {
  for (let i = 0; i < 2048; i++) {
    memory[inAt + i] = (i * 37 + (i >> 4) * 11) & 0xff
    memory[outAt + i] = (i * 59 + 3) & 0xff
  }
}

/** The memory after the meaning of the IR. */
export function expectedMemory(module: IrModule): Uint8Array {
  const memory = new Uint8Array(testDmBytes)
  fillBuffers(memory)
  new Evaluator(module, { memory, base: testOwn, symbols, frame: testOwn + seenBytes }).call(
    'main',
    [],
  )
  return memory.subarray(0, seenBytes)
}

/** An array whose core 0 holds the program and is about to start. */
export function loaded(
  link: LinkResult,
  engine: 'jit' | 'interpreter',
  arch: CoreArch = 'aie4',
): TestArray {
  const array = new TestArray(engine, 1, arch)
  fillBuffers(array.dm.u8)
  array.dm.mark(inAt, inAt + 2048)
  array.dm.mark(outAt, outAt + 2048)
  array.load(0, link.program!)
  array.start()
  return array
}
