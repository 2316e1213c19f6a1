/** 16: how fast control code is assembled, against merely splitting the same text into words. */
import { assembleElf } from '../emulator-core/languages/control/assemble-elf.ts'
import { median, timed } from './harness.ts'
import type { Metric } from './harness.ts'

const rounds = 7
/** Rounds before the first that counts: engines optimise what runs often. */
const warmups = 3
const megabyte = 1e6

/** A compiled program's shape: jobs of register writes and uC-DMA chains with the words they carry. */
function source(bytes: number): string {
  const text: string[] = []
  const data: string[] = []
  let length = 0
  for (let n = 0; length < bytes; n++) {
    const jobs = [
      `START_JOB ${n}`,
      `UC_DMA_WRITE_DES_SYNC\t @chain_${n}`,
      `MASK_POLL_32\t 0x${(0x34_3bfc + n).toString(16)}, 0x1, 0x1`,
      `WRITE_32\t 0x${(0x1_8554 + n).toString(16)}, 0x80000000`,
      'WAIT_TCTS\t TILE_0_0, SHIM_MM2S_0, 1',
      'END_JOB',
    ]
    const words = Array.from({ length: 9 }, (_, i) => `\t.long 0x${(n * i).toString(16)}`)
    const labels = [`chain_${n}:`, `\tUC_DMA_BD 0, 0x18000, @words_${n}, 9, 0, 0`, `words_${n}:`]
    text.push(...jobs)
    data.push(...labels, ...words)
    length += [...jobs, ...labels, ...words].reduce((sum, line) => sum + line.length + 1, 0)
  }
  return `${[...text, 'EOF', ...data].join('\n')}\n`
}

function countWords(text: string): number {
  let count = 0
  for (const line of text.split('\n')) count += line.trim().split(/[ \t]+/).length
  return count
}

export function controlMetrics(): Metric[] {
  const text = source(megabyte)
  const files = new Map([['main.asm', text]])
  const assembling: number[] = []
  const splitting: number[] = []
  let correct = true
  for (let i = -warmups; i < rounds; i++) {
    const took = timed(() => {
      correct &&= assembleElf('main.asm', { files, target: 'aie4' }).elf !== undefined
    })
    const plain = timed(() => {
      correct &&= countWords(text) > 0
    })
    if (i < 0) continue
    assembling.push(took)
    splitting.push(plain)
  }
  const megabytes = text.length / megabyte
  return [
    {
      id: 16,
      name: 'assembler: time ÷ splitting into words',
      value: median(assembling) / median(splitting),
      unit: '',
      how: `${megabytes.toFixed(2)} MB of source to a whole file, ${(megabytes / (median(assembling) / 1000)).toFixed(1)} MB/s here`,
      correct,
    },
  ]
}
