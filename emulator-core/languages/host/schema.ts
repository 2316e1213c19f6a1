/** JSON schemas of project files and host programs, for completion and hover in editors. */
import { healthFields, healthUcFields, stateFields } from '../../artifacts/host-program.ts'
import type { StateKind } from '../../artifacts/host-program.ts'
import { elementTypes } from '../../artifacts/elements.ts'
import { argument, errno } from '../../device/abi/ioctl.ts'
import { stateWords } from './expect-state.ts'
import { powerWords } from './power.ts'
import { profileNames } from './project.ts'
import { lastVf } from './sriov.ts'

/** A JSON schema as plain data. */
export interface JsonSchema {
  readonly [key: string]: unknown
}

const text = (description: string): JsonSchema => ({ type: 'string', description })
const whole = (description: string): JsonSchema => ({ type: 'integer', minimum: 0, description })
const list = (items: JsonSchema, description: string): JsonSchema => ({
  type: 'array',
  items,
  description,
})

function object(
  properties: Readonly<Record<string, JsonSchema>>,
  required: readonly string[] = [],
  description = '',
): JsonSchema {
  return {
    type: 'object',
    properties,
    additionalProperties: false,
    ...(required.length === 0 ? {} : { required }),
    ...(description === '' ? {} : { description }),
  }
}

const number: JsonSchema = { anyOf: [{ type: 'number' }, { enum: ['nan', 'inf', '-inf'] }] }

const forms: Readonly<Record<string, JsonSchema>> = {
  fill: { ...number, description: 'The same value everywhere.' },
  iota: object(
    { start: { type: 'number' }, step: { type: 'number' } },
    [],
    'Counts; wraps in the type.',
  ),
  values: list(number, 'Every value.'),
  file: text('Raw bytes of a file of the project.'),
}

const init = object(forms, [], 'What the buffer holds at first.')
const expected = object(
  {
    ...forms,
    sha256: { type: 'string', pattern: '^[0-9a-fA-F]{64}$', description: 'Digest of the bytes.' },
    tolerance: {
      type: 'number',
      minimum: 0,
      description: 'Allowed absolute difference of floats.',
    },
  },
  [],
  'What the buffer must hold.',
)
const type: JsonSchema = { enum: elementTypes, description: 'Element type.' }
const control: JsonSchema = {
  type: 'object',
  additionalProperties: { type: 'string' },
  description:
    'Control code by uC index: a source, a page file (.hex) or an ELF (prog.elf, prog.elf#kernel:instance).',
}
const sizes: JsonSchema = {
  anyOf: [
    { type: 'integer', minimum: 1 },
    { type: 'array', items: { type: 'integer', minimum: 1 } },
  ],
  description: 'Sizes, row-major.',
}

/** Schema of `project.json`. */
export const projectSchema: JsonSchema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  ...object({
    title: text('Shown to people.'),
    device: {
      description: 'Device profile.',
      anyOf: [
        { enum: Object.keys(profileNames) },
        object(
          {
            profile: { enum: Object.keys(profileNames) },
            heap: {
              enum: ['flat', 'expandable'],
              description:
                'Expandable: the device heap of npu4. AIE4 has none in the public driver.',
            },
            vfLimit: {
              enum: [4, 64],
              description:
                'Most virtual functions: 4 in the public firmware; 64 is a "what if" of press reports.',
            },
            deferredMapping: {
              type: 'boolean',
              description: 'As in a guest: the host gives a buffer memory when it is mapped.',
            },
            function: {
              enum: ['classic', 'pf'],
              description:
                'One function with everything, or a physical one that makes virtual ones. A step sriov makes it pf.',
            },
            coherent: {
              type: 'boolean',
              description:
                'Whether the device sees the caches of the CPU; if not, buffers need syncs.',
            },
          },
          ['profile'],
        ),
      ],
    },
    design: text('Path of the design module.'),
    kernels: list({ type: 'string' }, 'Paths of C++ sources.'),
    defines: {
      type: 'object',
      additionalProperties: { type: ['string', 'number'] },
      description: 'Macros for kernels.',
    },
    include: list({ type: 'string' }, 'Folders for #include.'),
    control,
    sequence: text('Runtime sequence to run; the first when absent.'),
    args: list(
      {
        anyOf: [
          object({ name: text('Name.'), type, shape: sizes, init, expect: expected }, [
            'name',
            'type',
            'shape',
          ]),
          object({ name: text('Name.'), type, scalar: { type: 'number' } }, [
            'name',
            'type',
            'scalar',
          ]),
        ],
      },
      'One entry per argument of the sequence.',
    ),
    host: text('Path of a host program.'),
  }),
}

const client = text('Name of a client.')
const hwctx = text('Name of a hardware context.')
const bo = text('Name of a buffer.')
const run = text('Name of a run.')
const offset = whole('Bytes from the start of the buffer.')
const count = whole('Number of elements.')

const argumentForms = list(
  {
    anyOf: [
      { type: 'string' },
      object({ address: { type: ['integer', 'string'] } }, ['address']),
      object({ addressOf: bo, plus: { type: 'integer' } }, ['addressOf']),
      object({ scalar: { type: 'number' } }, ['scalar']),
    ],
  },
  'Buffers by name, or raw addresses.',
)

const commandFields: Readonly<Record<string, JsonSchema>> = {
  run,
  sequence: text('Runtime sequence.'),
  control,
  args: argumentForms,
}

/** Numbers of a state, each plain, as text, or under a mask. */
function numbersOf(keys: readonly string[], of: string): Record<string, JsonSchema> {
  const plain: JsonSchema = { type: ['integer', 'string'] }
  const masked = object({ mask: plain, value: plain }, ['mask', 'value'])
  return Object.fromEntries(
    keys.map((key) => {
      const words = stateWords[`${of}.${key}`]
      if (key === 'suspended') return [key, { type: 'boolean', description: 'What it must be.' }]
      const forms = words ? [{ enum: Object.keys(words) }, plain, masked] : [plain, masked]
      return [key, { anyOf: forms, description: 'What it must be.' }]
    }),
  )
}

const stateOf = (kind: StateKind): Record<string, JsonSchema> => numbersOf(stateFields[kind], kind)

const health = object(
  {
    ...numbersOf(healthFields, 'health'),
    uc: list(
      object({ index: whole('Which uC.'), ...numbersOf(healthUcFields, 'uc') }, ['index']),
      'What it says of single uCs.',
    ),
  },
  [],
  'The health block of a command that timed out.',
)

const version: JsonSchema = { type: 'string', pattern: '^\\d{1,4}\\.\\d{1,4}$' }
const manner: JsonSchema = { enum: ['refuses', 'silent'] }
const vf = whole('Of this virtual function; of the first function when absent.')
const bootFirmware = object(
  {
    protocol: { ...version, description: 'Mailbox protocol that the firmware speaks.' },
    hostQueue: { ...version, description: 'Host queue that the uC firmware speaks.' },
    npu: { enum: ['missing'], description: 'The image of the management firmware.' },
    cert: {
      anyOf: [{ enum: ['missing'] }, { type: 'integer', minimum: 0 }],
      description: 'The image of the uC firmware: missing, or so many bytes.',
    },
    valid: { type: 'boolean', description: 'False: the firmware never says that it is valid.' },
    smu: { ...manner, description: 'The controller of the power.' },
    psp: { ...manner, description: 'The processor that checks and starts the images.' },
    mailbox: { enum: ['silent'], description: 'The firmware answers no message.' },
  },
  [],
  'What the driver finds that is not as shipped.',
)
const bootPci = object(
  { device: { type: ['integer', 'string'] }, revision: { type: ['integer', 'string'] } },
  [],
  'Identity that the function shows: numbers, or text like 0x17f1.',
)

const steps: Readonly<Record<string, JsonSchema>> = {
  boot: object(
    { firmware: bootFirmware, pci: bootPci },
    [],
    'Brings the device up; implied when it is not the first step. The fields are experiments.',
  ),
  suspend: object(
    { runtime: { type: 'boolean', description: 'The idle device alone, not the system.' }, vf },
    [],
    'Puts the system, or the idle device, to sleep: its power goes.',
  ),
  resume: object({ vf }, [], 'Wakes what sleeps.'),
  flr: object({ vf }, [], 'Resets the function: its contexts are made again, its jobs end.'),
  open: object(
    {
      client,
      user: whole('User id; 0, root, when absent.'),
      vf: {
        type: 'integer',
        minimum: 0,
        maximum: lastVf,
        description: 'The virtual function that it opens.',
      },
    },
    ['client'],
    'A process opens the device.',
  ),
  close: object({ client }, ['client'], 'It closes the device.'),
  createHwctx: object(
    {
      client,
      hwctx,
      numTiles: whole('Core tiles.'),
      columns: whole('Whole columns.'),
      priority: { anyOf: [{ enum: Object.keys(argument.priority) }, { type: 'integer' }] },
      partition: text("A partition of the program; the driver's own when absent."),
      gops: whole('Hint.'),
      fps: whole('Hint.'),
      latency: whole('Hint.'),
      design: text('Its design.'),
      submission: {
        enum: ['kernel', 'user'],
        description: 'Who writes the queue and rings the doorbell.',
      },
    },
    ['client', 'hwctx'],
    'Creates a hardware context.',
  ),
  configHwctx: object(
    { hwctx, paramType: whole('Kind of configuration.'), size: whole('Bytes.') },
    ['hwctx', 'paramType'],
    'Configures a hardware context.',
  ),
  ring: object({ hwctx }, ['hwctx'], 'A bare store to the doorbell of a context in user mode.'),
  destroyHwctx: object({ hwctx }, ['hwctx'], 'Ends a hardware context.'),
  createBo: object(
    {
      client,
      bo,
      type: { enum: ['share', 'cmd', 'heap', 'dev'] },
      size: whole('Bytes.'),
      grow: { type: 'boolean' },
    },
    ['client', 'bo', 'size'],
    'Creates and maps a buffer.',
  ),
  destroyBo: object({ bo }, ['bo'], 'Unmaps and closes a buffer.'),
  writeBo: object(
    { bo, type, init, offset, count },
    ['bo', 'type', 'init'],
    'The process fills a buffer.',
  ),
  syncBo: object(
    {
      bo,
      direction: { enum: ['toDevice', 'fromDevice'] },
      offset,
      size: whole('Bytes.'),
    },
    ['bo'],
    'Syncs caches; no call on coherent devices.',
  ),
  readBo: object({ bo, type, offset, count }, ['bo'], 'Keeps the contents as a result.'),
  expectBo: object(
    { bo, type, expect: expected, offset, count },
    ['bo', 'type', 'expect'],
    'Compares.',
  ),
  exec: object(
    {
      hwctx,
      ...commandFields,
      chain: list(
        object(commandFields, ['run']),
        'Several commands as one; a run alone names a command that is built already.',
      ),
      submit: { type: 'boolean', description: 'False: the command is built only.' },
      ring: {
        type: 'boolean',
        description: 'False, in user mode: the packet is written and the doorbell is not rung.',
      },
    },
    ['hwctx'],
    'Submits a command or a chain.',
  ),
  wait: object(
    {
      run,
      timeoutMs: whole('0 waits for ever.'),
      state: { enum: ['completed', 'error', 'abort', 'timeout'] },
    },
    ['run'],
    'Waits for a run.',
  ),
  query: {
    ...object(
      {
        client,
        array: whole('Parameter of GET_ARRAY.'),
        elementSize: whole('Bytes of an element.'),
        numElement: whole('Elements.'),
        info: whole('Parameter of GET_INFO.'),
        bufferSize: whole('Bytes of the reply.'),
        into: text('Name of the buffer that the reply becomes.'),
      },
      ['client', 'into'],
      'Asks the driver about the device.',
    ),
    oneOf: [
      { required: ['array', 'elementSize', 'numElement'] },
      { required: ['info', 'bufferSize'] },
    ],
  },
  expectState: {
    ...object(
      {
        run: object(
          { run, ...stateOf('run'), health },
          ['run'],
          'The words of a command: state, detail, place of the failure in its chain, health.',
        ),
        hwctx: object(
          { hwctx, ...stateOf('hwctx') },
          ['hwctx'],
          'A hardware context: its queue, and what the driver says of it.',
        ),
        device: object(stateOf('device'), [], 'What the driver says of the device.'),
        client: object(
          { client, ...stateOf('client') },
          ['client'],
          'Memory of a process, as the driver counts it.',
        ),
        bo: object({ bo, ...stateOf('bo') }, ['bo'], 'Where a buffer is for the device.'),
      },
      [],
      'Compares numbers.',
    ),
    minProperties: 1,
    maxProperties: 1,
  },
  power: {
    ...object(
      {
        client,
        mode: { anyOf: [{ enum: powerWords }, { type: 'integer' }], description: 'Power mode.' },
        forcePreemption: {
          type: ['boolean', 'integer'],
          description: 'Whether every preemption point switches.',
        },
      },
      ['client'],
      'Sets a state of the whole device; only root may.',
    ),
    oneOf: [{ required: ['mode'] }, { required: ['forcePreemption'] }],
  },
  sriov: {
    ...object(
      {
        numVfs: whole('Virtual functions; 0 ends them.'),
        pci: { enum: ['noRoom'], description: 'The host has no room for their BARs.' },
        assigned: list({ type: 'integer', minimum: 0, maximum: lastVf }, 'Those given to VMs.'),
      },
      [],
      'Makes or ends virtual functions, or says which are given to VMs.',
    ),
    oneOf: [{ required: ['numVfs'] }, { required: ['assigned'] }],
  },
  createPartition: object(
    {
      partition: text('Name.'),
      start: whole('First column.'),
      count: whole('Columns.'),
      client,
    },
    ['partition', 'start', 'count'],
    "Experiment with the firmware: a static partition. The driver's own, 'default', holds all columns until it is destroyed.",
  ),
  destroyPartition: object(
    { partition: text('Name.'), client },
    ['partition'],
    'Experiment with the firmware: ends a partition with every context in it.',
  ),
  hint: object(
    {
      hwctx,
      gops: whole('Operations of a frame in billions.'),
      fps: whole('Frames per second.'),
      bytes: whole('Bytes moved for a frame.'),
      latency: whole('Microseconds a frame may take.'),
      quantumUs: whole('Microseconds of a turn.'),
      inProcess: { type: 'integer', minimum: -7, maximum: 7 },
      level: whole('Level inside the real-time band, 0 to 31.'),
      priority: { enum: Object.keys(argument.priority) },
    },
    ['hwctx'],
    'Experiment with the firmware: what a context needs, how it is scheduled, or its band.',
  ),
  mark: { anyOf: [{ type: 'string' }, object({ name: text('Name.') }, ['name'])] },
  sleep: object({ us: { type: 'number', minimum: 0 } }, ['us'], 'Device time passes.'),
  parallel: list(
    { $ref: '#/definitions/steps' },
    'Lists of steps for threads of their own; the program goes on when all have ended.',
  ),
  repeat: object(
    {
      times: whole('How often.'),
      steps: { $ref: '#/definitions/steps' },
    },
    ['times', 'steps'],
    'Repeats steps.',
  ),
}

/** Schema of a host program. */
export const hostSchema: JsonSchema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  ...object({ steps: { $ref: '#/definitions/steps' } }, ['steps']),
  definitions: {
    steps: list(
      {
        type: 'object',
        minProperties: 1,
        maxProperties: 2,
        additionalProperties: false,
        properties: {
          ...steps,
          errno: { enum: Object.keys(errno), description: 'The refusal that is expected.' },
        },
      },
      'Steps, run in order.',
    ),
  },
}

/** Names of the steps that the schema describes. */
export const schemaSteps: readonly string[] = Object.keys(steps)
