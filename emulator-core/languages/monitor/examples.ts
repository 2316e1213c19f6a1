/** One report per code that earns exactly this code, and what to do about it. */
import { examplesOf } from '../diagnostic-example.ts'
import type { ExampleRow } from '../diagnostic-example.ts'

const partitions = (...rows: string[]): string =>
  `{ "aie_partitions": { "partitions": [\n  ${rows.join(',\n  ')}\n] } }\n`
const nested = '['.repeat(100) + ']'.repeat(100)

const rows: Readonly<Record<string, ExampleRow>> = {
  M0001: ['Export the report again; the file is cut or edited.', '{ "aie_partitions": \n'],
  M0002: ['Keep one of the two.', partitions('{ "start_col": 0, "start_col": 1, "num_cols": 1 }')],
  M0003: ['Take the report out of what is around it.', `{ "devices": ${nested} }\n`],
  M0004: [
    'Export the report with `xrt-smi examine -r aie-partitions -f JSON -o FILE`.',
    '{ "host": { "os": "Linux" } }\n',
  ],
  M0005: ['Write what the message names.', '{ "aie_partitions": { "partitions": 3 } }\n'],
  M0006: [
    'Write a number, or leave the key out.',
    partitions('{ "start_col": "x", "num_cols": 1 }'),
  ],
  M0007: [
    'Add `start_col` and `num_cols`; without them the partition cannot be drawn.',
    partitions('{ "partition_index": 0 }'),
  ],
  M0008: [
    'Nothing, if the report is of contexts that share columns in time; the later one is drawn over the earlier.',
    partitions('{ "start_col": 0, "num_cols": 2 }', '{ "start_col": 1, "num_cols": 2 }'),
  ],
}

export const monitorExamples = examplesOf(rows, {})
