/**
 * Host program: what user space does, as a list of steps that can be stepped, rewound and drawn.
 *
 *     languages/host ──▶ HostProgram ──▶ runtime (one step = the calls and memory accesses of the real shim)
 *                             └────────▶ app (where is the program, which line is that)
 *
 * Plain data. Clients, contexts, buffers and runs are numbers into `names`.
 */
import type { ErrnoName } from '../device/abi/ioctl.ts'
import type { CommandState } from '../device/abi/command.ts'
import type { HintKind } from '../device/scheduler-facts.ts'
import type { Span } from '../sim/diagnostics.ts'
import type { ElementType } from './elements.ts'

/** What the contents of a buffer are compared with. */
export type Expectation =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array; readonly tolerance?: number }
  | { readonly kind: 'sha256'; readonly hex: string }

/** One argument of a command. */
export type HostArgument =
  | { readonly kind: 'bo'; readonly bo: number }
  | { readonly kind: 'address'; readonly address: number }
  /** A buffer's address plus bytes; the buffer is not looked up or pinned for the command. */
  | { readonly kind: 'addressOf'; readonly bo: number; readonly plus: number }
  /** A launch constant; it was bound when the control code was made. */
  | { readonly kind: 'scalar'; readonly value: number }

/** One command of an `exec` step. */
export interface HostCommand {
  readonly run: number
  /** Index into `HostProgram.codes`. */
  readonly code: number
  readonly args: readonly HostArgument[]
  /** It was built by a step before and is submitted again as it is. */
  readonly built?: boolean
}

interface StepBase {
  /** Where the step is written; for an implied step, what implies it. */
  readonly at: Span
  /** Place in the program's top-level list as written; -1 for an implied boot. */
  readonly number: number
  /** Where it is, in words: `steps[3]`, `steps[4].repeat.steps[0]`, `implied open`. */
  readonly label: string
  /** The refusal that is expected. */
  readonly errno?: ErrnoName
}

/** Numbers that an `expectState` step can compare, by kind of thing. */
export const stateFields = {
  run: ['state', 'code', 'errorIndex'],
  hwctx: [
    'handle',
    'fwId',
    'readIndex',
    'writeIndex',
    'submissions',
    'completions',
    'state',
    'startCol',
    'numCol',
  ],
  client: ['totalBytes', 'internalBytes', 'heapBytes', 'heapChunks'],
  bo: ['address', 'size'],
  device: ['powerMode', 'clockMHz', 'suspended', 'vfs'],
} as const

export type StateKind = keyof typeof stateFields

/** Numbers of the health block that a command which timed out has, in front and of each uC. */
export const healthFields = ['version', 'generation', 'state', 'errorType'] as const
export const healthUcFields = [
  'idle',
  'misc',
  'state',
  'page',
  'offset',
  'restorePage',
  'restoreOffset',
  'ear',
  'esr',
  'pc',
] as const

/** One number that is expected, in whole or under a mask. */
export interface StateField {
  /** Its name; those of a health block are `health.…` and `health.uc.…`. */
  readonly key: string
  readonly value: number
  readonly mask?: number
  /** The uC that a number of a health block is of. */
  readonly uc?: number
  /** It was written as a word, and is shown as one. */
  readonly asWord?: boolean
}

/** How a controller of the die behaves in an experiment. */
export type Misbehaviour = 'refuses' | 'silent'

/** A version of two numbers. */
export type Version = readonly [major: number, minor: number]

/** What a boot finds that is not as shipped. */
export interface BootFaults {
  /** Mailbox protocol that the management firmware speaks. */
  readonly protocol?: Version
  /** Host queue that the uC firmware speaks. */
  readonly hostQueue?: Version
  /** Bytes of an image; -1: the file is missing. */
  readonly npuBytes?: number
  readonly certBytes?: number
  /** The firmware never says that it is valid. */
  readonly neverValid?: boolean
  readonly smu?: Misbehaviour
  readonly psp?: Misbehaviour
  /** The firmware answers no message. */
  readonly mailboxSilent?: boolean
  /** PCI device id and revision. */
  readonly device?: number
  readonly revision?: number
}

/** What a `hint` step can say, by kind: the fields in the order of the firmware's words. */
export const hintFields = {
  band: ['priority'],
  scheduling: ['quantumUs', 'inProcess', 'level'],
  dpm: ['gops', 'fps', 'bytes', 'latency'],
} as const satisfies Record<HintKind, readonly string[]>

export type HostAction =
  | { readonly do: 'boot'; readonly faults?: BootFaults }
  /** The system goes to sleep; `runtime`: the idle device alone, at once. `vf`: of that VF alone. */
  | { readonly do: 'suspend'; readonly runtime?: boolean; readonly vf?: number }
  | { readonly do: 'resume'; readonly vf?: number }
  /** A function level reset, of the first function or of a VF. */
  | { readonly do: 'flr'; readonly vf?: number }
  /** `user` is the process's user id; root when absent. `vf` is the VF that it opens, if it is one. */
  | {
      readonly do: 'open'
      readonly client: number
      readonly user?: number
      readonly vf?: number
    }
  | { readonly do: 'close'; readonly client: number }
  | {
      readonly do: 'createHwctx'
      readonly client: number
      readonly hwctx: number
      readonly numTiles: number
      readonly priority: number
      readonly gops: number
      readonly fps: number
      readonly latency: number
      /** The process writes the queue and rings the doorbell by itself. */
      readonly userMode?: boolean
      /** The partition it is put in; the driver's own when absent. */
      readonly partition?: number
    }
  | {
      readonly do: 'configHwctx'
      readonly hwctx: number
      readonly paramType: number
      readonly size: number
    }
  | { readonly do: 'destroyHwctx'; readonly hwctx: number }
  | {
      readonly do: 'createBo'
      readonly client: number
      readonly bo: number
      /** Type number of CREATE_BO. */
      readonly type: number
      readonly size: number
      /** False: a heap that has no room is not grown. */
      readonly grow?: boolean
    }
  | { readonly do: 'destroyBo'; readonly bo: number }
  | {
      readonly do: 'writeBo'
      readonly bo: number
      readonly offset: number
      readonly bytes: Uint8Array
    }
  | {
      readonly do: 'syncBo'
      readonly bo: number
      readonly direction: number
      readonly offset: number
      /** Bytes; 0 means to the end. */
      readonly size: number
    }
  /** Keeps `size` bytes (0: to the end) as the buffer's result. */
  | { readonly do: 'readBo'; readonly bo: number; readonly offset: number; readonly size: number }
  | {
      readonly do: 'expectBo'
      readonly bo: number
      readonly offset: number
      readonly type: ElementType
      /** Elements compared; a digest covers them too. */
      readonly count: number
      readonly expect: Expectation
    }
  | {
      readonly do: 'exec'
      readonly hwctx: number
      readonly commands: readonly HostCommand[]
      /** The run that stands for the chain itself; absent for a single command. */
      readonly chain?: number
      /** False, in user mode: the packets are written and the doorbell is not rung. */
      readonly ring?: boolean
      /** False: the commands are built and not submitted. */
      readonly submit?: boolean
    }
  /** A bare store to the doorbell. */
  | { readonly do: 'ring'; readonly hwctx: number }
  | {
      readonly do: 'wait'
      readonly run: number
      readonly timeoutMs: number
      readonly state?: CommandState
    }
  /** Asks the driver; the reply is written where `bo` is, or becomes that buffer. */
  | {
      readonly do: 'query'
      readonly client: number
      readonly of: 'info' | 'array'
      /** Which question. */
      readonly param: number
      /** Bytes of an element (`array`) or of the whole reply (`info`) that there is room for. */
      readonly size: number
      /** Elements that there is room for; 1 for `info`. */
      readonly elements: number
      readonly bo: number
    }
  /** Sets the power mode, or whether preemption is forced. */
  | {
      readonly do: 'power'
      readonly client: number
      readonly set: 'mode' | 'forcePreemption'
      readonly value: number
    }
  /** Sets the number of VFs, for which PCI may have no room; or says which of them are given to VMs. */
  | {
      readonly do: 'sriov'
      readonly numVfs?: number
      readonly noRoom?: boolean
      readonly assigned?: readonly number[]
    }
  /** An experiment with the firmware: no driver makes partitions of single columns, ends them or gives hints. */
  | {
      readonly do: 'createPartition'
      readonly partition: number
      readonly start: number
      readonly count: number
      /** Whose device function; the first one when absent. */
      readonly client?: number
    }
  | { readonly do: 'destroyPartition'; readonly partition: number; readonly client?: number }
  /** What the firmware is told of a context, by the names of `hintFields`; all of one kind. */
  | {
      readonly do: 'hint'
      readonly hwctx: number
      readonly kind: HintKind
      readonly values: readonly number[]
    }
  /** Compares numbers of one thing; `what` is its index, 0 for the device. */
  | {
      readonly do: 'expectState'
      readonly of: StateKind
      readonly what: number
      readonly fields: readonly StateField[]
    }
  | { readonly do: 'mark'; readonly name: string }
  | { readonly do: 'sleep'; readonly us: number }
  /** Starts a thread at each of some steps and goes to step `end` when all have come to a `join`. */
  | { readonly do: 'fork'; readonly begins: readonly number[]; readonly end: number }
  /** Ends a thread that a `fork` has started. */
  | { readonly do: 'join' }
  /** Goes behind step `end` when `times` is 0. */
  | { readonly do: 'loop'; readonly times: number; readonly end: number }
  /** Goes back behind the loop step at `begin` until its times are over. */
  | { readonly do: 'again'; readonly begin: number }

export type HostStep = StepBase & HostAction

/** Control code that the program runs, to be made by whoever has the compilers. */
export type CodeRequest =
  | {
      readonly kind: 'sequence'
      /** Path of the design; absent: the project's own. */
      readonly design?: string
      /** `sequence` or `device::sequence`; absent: the first. */
      readonly sequence?: string
      /** Launch constants by argument index. */
      readonly scalars: readonly {
        readonly index: number
        readonly type: ElementType
        readonly value: number
      }[]
      /** Number of arguments the exec gives, scalars included. */
      readonly argCount: number
      readonly at: Span
    }
  | {
      readonly kind: 'control'
      /** Source file by uC index. */
      readonly files: Readonly<Record<number, string>>
      /** Where each file is named. */
      readonly places: Readonly<Record<number, Span>>
      readonly at: Span
    }

/** Names for people; steps use the indices. */
export interface HostNames {
  readonly clients: readonly string[]
  readonly hwctxs: readonly string[]
  readonly bos: readonly string[]
  readonly runs: readonly string[]
  /** The driver's own first. */
  readonly partitions?: readonly string[]
}

export interface HostProgram {
  readonly steps: readonly HostStep[]
  readonly names: HostNames
  readonly codes: readonly CodeRequest[]
}

/** Threads that a program may have at once. */
export const maxHostThreads = 16

/** Loops a program may nest. */
export const maxLoopDepth = 8

/** Readable dump, one line per step. */
export function dumpHostProgram(program: HostProgram): string {
  const { clients, hwctxs, bos, runs, partitions = [] } = program.names
  return program.steps
    .map((step) => {
      const words: string[] = [step.do]
      for (const [key, value] of Object.entries(step)) {
        if (key === 'client') words.push(`client ${clients[Number(value)]}`)
        else if (key === 'hwctx') words.push(`hwctx ${hwctxs[Number(value)]}`)
        else if (key === 'bo') words.push(`bo ${bos[Number(value)]}`)
        else if (key === 'partition') words.push(`partition ${partitions[Number(value)]}`)
        else if (key === 'run') words.push(`run ${runs[Number(value)]}`)
        else if (key === 'bytes' && value instanceof Uint8Array) words.push(`${value.length} bytes`)
        else if (key === 'expect' && step.do === 'expectBo')
          words.push(`expect ${step.expect.kind}`)
        else if (key === 'commands' && step.do === 'exec') {
          for (const c of step.commands)
            words.push(`${runs[c.run]}(${c.args.map(showArg).join(', ')})`)
        } else if (typeof value === 'number' && key !== 'number') words.push(`${key} ${value}`)
        else if (typeof value === 'string' && key !== 'do') words.push(`${key} ${value}`)
      }
      return words.join(' ')
    })
    .join('\n')

  function showArg(arg: HostArgument): string {
    if (arg.kind === 'bo') return bos[arg.bo]
    if (arg.kind === 'addressOf') return `&${bos[arg.bo]}+${arg.plus}`
    return arg.kind === 'address' ? `0x${arg.address.toString(16)}` : String(arg.value)
  }
}
