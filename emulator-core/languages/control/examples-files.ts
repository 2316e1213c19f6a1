/** Examples of the diagnostics of preemption points, configuration files and patch maps. */
import type { ExampleRow, RowWithout } from '../diagnostic-example.ts'

const lines = (...all: string[]) => `${all.join('\n')}\n`

interface Point {
  readonly uc: number
  /** Words of the hint map; without, the PREEMPT names none. */
  readonly map?: readonly string[]
}

/** Programs of several uCs that load an array and meet at one preemption point. */
function points(...all: readonly Point[]): string {
  const one = ({ uc, map }: Point) =>
    lines(
      `.attach_to_group ${uc}`,
      'START_JOB 0',
      `  LOAD_PDI 0, @pdi${uc}`,
      'END_JOB',
      'START_JOB 1',
      `  PREEMPT 0, @save, @restore${map ? ', @map' : ''}`,
      'END_JOB',
      `pdi${uc}:`,
      'START_JOB 0',
      'END_JOB',
      'EOF',
      `.endl pdi${uc}`,
      'EOF',
      ...(map ? ['map:', ...map.map((word) => `  .long ${word}`)] : []),
    )
  return all.map(one).join('')
}

const program = lines('START_JOB 0', '  NOP', 'END_JOB', 'EOF')

/** A configuration of one kernel whose instances run main.asm. */
function configuration(instance: string, type = 'char *', more = ''): string {
  return lines(
    '{',
    '  "xrt-kernels": [{',
    '    "name": "DPU",',
    `    "arguments": [{ "name": "a", "type": "${type}", "offset": "0x0" }],`,
    `    "instance": [${instance}]`,
    `  }]${more}`,
    '}',
  )
}

const instance = (id: string, more = '') => `{ "id": "${id}", "ctrl_code_file": "main.asm"${more} }`
const withMap = instance('a', ', "patch_info_file": "map.json"')

export const fileExamples: Readonly<Record<string, ExampleRow>> = {
  A0407: [
    'Give its number and the names of two scopes.',
    lines('START_JOB 0', 'PREEMPT', 'END_JOB', 'EOF'),
  ],
  A0408: ['Preempt on uC 0, 2 and 4 only.', points({ uc: 0 }, { uc: 6 })],
  A0409: [
    'Define the map behind the EOF of the same scope.',
    points({ uc: 0, map: ['0', '0', '0', '0', '0x10000'] }),
  ],
  A0410: [
    'Let each uC save chunks of its own.',
    points({ uc: 0, map: ['0x3'] }, { uc: 2, map: ['0x2'] }),
  ],
  A0411: [
    'Nothing has to be done; give every uC a span of its own to decide it yourself.',
    points({ uc: 0, map: ['0x9'] }, { uc: 2, map: ['0x2'] }),
  ],
  A0414: [
    'Choose a span that the slots divide.',
    points({ uc: 0, map: ['0x1'] }).replace('.attach_to_group 0', '.partition 3column'),
  ],
  A0415: [
    'Give the own scope another name.',
    points({ uc: 0 })
      .replace('pdi0:', 'save_1:')
      .replace('.endl pdi0', '.endl save_1')
      .replace('@pdi0', '@save_1')
      .replace('save_1:\nSTART_JOB 0', 'save_1:\nSTART_JOB 7'),
  ],
  A0601: ['Name the kernels.', { 'config.json': '{}\n' }],
  A0602: ['Mend the JSON.', { 'config.json': '{ "xrt-kernels": [ }\n' }],
  A0603: ['Write the key once.', { 'config.json': '{ "xrt-kernels": [], "xrt-kernels": [] }\n' }],
  A0604: [
    'Use a type of the list in the message; loaders take pointers only.',
    { 'config.json': configuration(instance('a'), 'float'), 'main.asm': program },
  ],
  A0605: [
    'Give all sources the same .target, .partition and .aie_row_topology.',
    {
      'config.json': configuration(
        `${instance('a')}, { "id": "b", "ctrl_code_file": "other.asm" }`,
      ),
      'main.asm': program,
      'other.asm': `.target aie4\n${program}`,
    },
  ],
  A0606: [
    'Correct the offset in the patch map.',
    {
      'config.json': configuration(withMap),
      'main.asm': program,
      'map.json': lines(
        '{ "external_buffers": {',
        '  "a": { "xrt_id": 0, "control_packet_patch_locations": [{ "offset": 4000 }] },',
        '  "p": { "xrt_id": 3, "ctrl_pkt_buffer": true, "path": "main.asm" }',
        '} }',
      ),
    },
  ],
}

export const fileRowsWithout: Readonly<Record<string, RowWithout>> = {
  A0215: [
    'Close scopes with .endl, and let no file include itself by way of others.',
    'It takes more than a hundred scopes or files.',
  ],
  A0412: [
    'Let a uC with an empty map be there to take the part, or choose other spans.',
    'It takes three uCs with spans that reach over each other, and comes with A0411.',
  ],
  A0413: [
    'Use a map of its own for each point.',
    'It takes several points that share maps, and comes with A0411.',
  ],
}
