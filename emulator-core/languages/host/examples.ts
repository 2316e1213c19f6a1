/** One project or host program per code that earns exactly this code, and what to do about it. */
import { examplesOf } from '../diagnostic-example.ts'
import type { ExampleFiles, ExampleRow } from '../diagnostic-example.ts'

const design = 'module {\n  aie.device(aie4) {\n    aie.runtime_sequence() {\n    }\n  }\n}\n'
const project = (rest: string): ExampleFiles => ({
  'project.json': `{\n  "design": "design.mlir"${rest === '' ? '' : `,\n  ${rest}`}\n}\n`,
  'design.mlir': design,
})
const argument = (rest: string) => project(`"args": [{ "name": "A", "type": "i8", ${rest} }]`)

const opening = `  { "open": { "client": "app" } },
  { "createHwctx": { "client": "app", "hwctx": "c" } },
  { "createBo": { "client": "app", "bo": "A", "type": "share", "size": 64 } }`
const host = (text: string): ExampleFiles => ({
  'host.json': text,
  'project.json': '{\n  "design": "design.mlir",\n  "host": "host.json"\n}\n',
  'design.mlir': design,
})
const steps = (...last: string[]) =>
  host(`{ "steps": [\n${[opening, ...last.map((s) => `  ${s}`)].join(',\n')}\n] }\n`)
const fill = (init: string) => steps(`{ "writeBo": { "bo": "A", "type": "i8", "init": ${init} } }`)

/** The mistakes any JSON file can have, with their advice. */
const anyFile: Readonly<Record<string, ExampleRow>> = {
  P0001: [
    'Look at the place; a comma, a quote or a bracket is missing or too many.',
    { 'project.json': '{ "design": }\n', 'design.mlir': design },
  ],
  P0002: [
    'Keep one of the two.',
    {
      'project.json': '{\n  "design": "design.mlir",\n  "title": "a", "title": "b"\n}\n',
      'design.mlir': design,
    },
  ],
  P0003: ['Correct the key, or remove it.', project('"desing": 1')],
  P0004: ['Write a value of the type that the message names.', project('"title": 3')],
  P0005: ['Add the key.', project('"args": [{ "type": "i8", "shape": [4] }]')],
  P0006: ['Use one of the values that the message lists.', argument('"shape": [0]')],
  P0007: [
    'Use a path inside the project folder, with forward slashes.',
    { 'project.json': '{ "design": "../design.mlir" }\n' },
  ],
  P0008: [
    'Add the file to the project, or correct its name.',
    argument('"shape": [4], "init": { "file": "no.bin" }'),
  ],
  P0009: [
    'Give the second one another name.',
    project(
      '"args": [{ "name": "A", "type": "i8", "shape": [4] }, { "name": "A", "type": "i8", "shape": [4] }]',
    ),
  ],
  P0010: ['Nest less.', { 'project.json': `{ "design": ${'['.repeat(100)}\n` }],
  P0011: [
    'Use a number that the element type can hold.',
    argument('"shape": [4], "init": { "fill": 1.5 }'),
  ],
  P0012: [
    'Give as many values as the shape has elements.',
    argument('"shape": [4], "init": { "values": [1, 2] }'),
  ],
  P0013: ['Use a smaller shape.', argument('"shape": [40000, 40000]')],
  H0001: [
    'Look at the place; a comma, a quote or a bracket is missing or too many.',
    host('{ "steps": }\n'),
  ],
  H0002: ['Keep one of the two.', host('{ "steps": [], "steps": [] }\n')],
  H0003: ['Correct the key, or remove it.', steps('{ "sleep": { "us": 1, "ms": 1 } }')],
  H0004: [
    'Write a value of the type that the message names.',
    steps('{ "sleep": { "us": "long" } }'),
  ],
  H0005: ['Add the key.', steps('{ "sleep": {} }')],
  H0006: [
    'Use one of the values that the message lists.',
    steps('{ "createBo": { "client": "app", "bo": "B", "type": "shared", "size": 64 } }'),
  ],
  H0007: [
    'Use a path inside the project folder, with forward slashes.',
    fill('{ "file": "../in.bin" }'),
  ],
  H0008: ['Add the file to the project, or correct its name.', fill('{ "file": "no.bin" }')],
  H0009: [
    'Give the second one another name, or destroy the first before.',
    steps('{ "open": { "client": "app" } }'),
  ],
  H0010: ['Nest less.', host(`{ "steps": ${'['.repeat(100)}\n`)],
  H0011: ['Use a number that the element type can hold.', fill('{ "fill": 1.5 }')],
  H0013: [
    'Use a smaller buffer, or fewer values.',
    steps(
      '{ "createBo": { "client": "app", "bo": "B", "type": "share", "size": 1000000000000 } }',
      '{ "writeBo": { "bo": "B", "type": "i8", "init": { "fill": 1 } } }',
    ),
  ],
  H0012: [
    'Give as many values as the buffer has elements, or say "count".',
    steps('{ "writeBo": { "bo": "A", "type": "i8", "count": 4, "init": { "values": [1, 2] } } }'),
  ],
}

export const hostExamples = examplesOf(
  {
    ...anyFile,
    P0100: ['Add a file project.json.', { 'design.mlir': design }],
    P0102: [
      'Add the file to the project, or correct its name.',
      { 'project.json': '{ "design": "no.mlir" }\n' },
    ],
    P0103: [
      'Use the design of the project for every command.',
      steps(
        '{ "createHwctx": { "client": "app", "hwctx": "d", "design": "other.mlir" } }',
        '{ "exec": { "hwctx": "d", "run": "r" } }',
      ),
    ],
    P0201: ['Use aie4, npu4 or npu1.', project('"device": "npu9"')],
    P0202: ['Add a "design", "control" or "host".', { 'project.json': '{ "title": "nothing" }\n' }],
    P0203: [
      'Keep "args" for the simple case, or "host" for more.',
      {
        'project.json': '{ "host": "host.json", "args": [] }\n',
        'host.json': `{ "steps": [\n${opening}\n] }\n`,
      },
    ],
    P0204: [
      'Leave the switch at its default.',
      project('"device": { "profile": "npu4", "function": "pf" }'),
    ],
    H0201: ['Correct the name of the step.', steps('{ "opne": { "client": "app" } }')],
    H0202: ['Write one step per pair of braces.', steps('{ "mark": "a", "sleep": { "us": 1 } }')],
    H0203: [
      'Leave the step or field out.',
      steps('{ "hint": { "hwctx": "c", "gops": 1, "slider": "balanced" } }'),
    ],
    H0204: ['Create what the step names in a step before it.', steps('{ "wait": { "run": "r" } }')],
    H0205: [
      'Add a design or "control" to the project, or to the command.',
      {
        'host.json': `{ "steps": [\n${opening},\n  { "exec": { "hwctx": "c", "run": "r" } }\n] }\n`,
        'project.json': '{ "host": "host.json" }\n',
      },
    ],
    H0206: [
      'Nest fewer loops.',
      steps(`${'{ "repeat": { "times": 1, "steps": ['.repeat(9)}${'] } }'.repeat(9)}`),
    ],
  },
  {
    P0101: [
      'Add a "design", or write "control" for the command.',
      'The host program says H0205 before.',
    ],
  },
)
