/** Project files: `project.json` read and checked, as the rest of the tools use it. */
import { elementTypes } from '../../artifacts/elements.ts'
import type { ElementType } from '../../artifacts/elements.ts'
import { vfLimits } from '../../device/functions.ts'
import type { HostProfile } from '../../device/host-facts.ts'
import type { HostSwitches } from '../../device/host-memory.ts'
import type { Diagnostic, Span } from '../../sim/diagnostics.ts'
import { hasErrors } from '../../sim/diagnostics.ts'
import { Report, Source } from '../text/source.ts'
import { projectCodes } from './codes.ts'
import { maxBufferBytes, readContents, readExpected } from './contents.ts'
import type { Contents, Expected } from './contents.ts'
import { parseJson } from './json.ts'
import type { JsonNode } from './json.ts'
import { checkPath, Fields, lineOf, wrongKind } from './reader.ts'
import type { Figure, Ground, Word } from './reader.ts'

/** Profiles by every name they answer to. */
export const profileNames: Readonly<Record<string, HostProfile>> = {
  aie4: 'aie4',
  npu4: 'npu4',
  npu2: 'npu4',
  npu1: 'npu1',
}

export interface ProjectDevice {
  readonly profile: HostProfile
  /** Only what the project sets. */
  readonly switches?: HostSwitches
  readonly at: Span
}

/** A buffer argument, one per sequence argument. */
export interface BufferArg {
  readonly kind: 'buffer'
  readonly name: string
  readonly type: ElementType
  readonly count: number
  readonly init?: Contents
  readonly expect?: Expected
  readonly at: Span
}

/** A launch constant. */
export interface ScalarArg {
  readonly kind: 'scalar'
  readonly name: string
  readonly type: ElementType
  readonly value: Figure
  readonly at: Span
}

export type ProjectArg = BufferArg | ScalarArg

export interface Project {
  readonly source: Source
  readonly title?: string
  readonly device?: ProjectDevice
  readonly design?: Word
  readonly kernels: readonly Word[]
  readonly defines: Readonly<Record<string, string>>
  readonly include: readonly Word[]
  /** Hand-written control code by uC index. */
  readonly control?: Readonly<Record<number, Word>>
  readonly sequence?: Word
  readonly args?: readonly ProjectArg[]
  readonly host?: Word
}

/**
 * Reads `project.json`. Never throws; the artifact is there when no error was found. A text that is no JSON gets
 * its syntax mistakes only: what is missing from it may just not have been read.
 */
export function parseProject(
  text: string,
  file: string,
): { artifact?: Project; diagnostics: readonly Diagnostic[] } {
  const source = new Source(file, text)
  const report = new Report()
  const ground: Ground = { source, report, codes: projectCodes }
  const root = parseJson(source, report, projectCodes)
  if (root.kind !== 'object') wrongKind(ground, root, file, 'an object')
  if (report.hasErrors) return { diagnostics: report.diagnostics }
  const project = readProject(ground, new Fields(ground, root))
  if (hasErrors(report.diagnostics)) return { diagnostics: report.diagnostics }
  return { artifact: project, diagnostics: report.diagnostics }
}

function readProject(ground: Ground, fields: Fields): Project {
  const title = fields.text('title')
  const device = readDevice(ground, fields)
  const design = fields.path('design')
  const kernels = readPaths(ground, fields, 'kernels')
  const defines = readDefines(ground, fields)
  const include = readPaths(ground, fields, 'include')
  const control = readControl(ground, fields.object('control'))
  const sequence = fields.text('sequence')
  const args = readArgs(ground, fields)
  const host = fields.path('host')
  if (!fields.has('design') && !fields.has('control') && !fields.has('host')) {
    ground.report.error(
      projectCodes.nothingToRun,
      fields.at,
      "The project needs 'design', 'control' or 'host'.",
    )
  }
  if (args && fields.has('host')) {
    ground.report.error(
      projectCodes.twoPrograms,
      fields.nodeOf('host')?.at ?? fields.at,
      "A project has either 'args' or 'host': a host program creates its own buffers.",
    )
  }
  fields.end()
  return {
    source: ground.source,
    ...(title ? { title: title.value } : {}),
    ...(device ? { device } : {}),
    ...(design ? { design } : {}),
    kernels,
    defines,
    include,
    ...(control ? { control } : {}),
    ...(sequence ? { sequence } : {}),
    ...(args ? { args } : {}),
    ...(host ? { host } : {}),
  }
}

function readDevice(ground: Ground, fields: Fields): ProjectDevice | undefined {
  const node = fields.nodeOf('device')
  if (node === undefined) return undefined
  if (node.kind === 'string') return profileOf(ground, { value: node.value, at: node.at })
  if (node.kind !== 'object') {
    wrongKind(ground, node, 'device', 'text or an object')
    return undefined
  }
  const inner = new Fields(ground, node)
  const profile = inner.needText('profile')
  const device = profile && profileOf(ground, profile)
  const switches = readSwitches(inner, device?.profile)
  inner.end()
  return device && Object.keys(switches).length > 0 ? { ...device, switches } : device
}

/** Switches of a profile. */
function readSwitches(inner: Fields, profile: HostProfile | undefined): HostSwitches {
  const heap = inner.choice('heap', ['flat', 'expandable'])
  const limit = inner.integer('vfLimit', vfLimits[0], vfLimits[1])
  const vfLimit = vfLimits.find((one) => one === limit?.value)
  if (limit && vfLimit === undefined) {
    inner.bad('vfLimit', limit.at, vfLimits.join(' or '), limit.text)
  }
  const deferred = inner.boolean('deferredMapping')
  const role = inner.choice('function', ['classic', 'pf'])
  if (role?.value === 'pf' && profile !== undefined && profile !== 'aie4') {
    const line = lineOf(inner.ground, role.at)
    inner.ground.report.error(
      projectCodes.notEmulated,
      role.at,
      `A physical function of ${profile} is not emulated: its driver shows none (line ${line}).`,
    )
  }
  const coherent = inner.boolean('coherent')
  return {
    ...(heap ? { heap: heap.value } : {}),
    ...(role ? { function: role.value } : {}),
    ...(vfLimit === undefined ? {} : { vfLimit }),
    ...(deferred ? { deferredMapping: deferred.value } : {}),
    ...(coherent ? { coherent: coherent.value } : {}),
  }
}

function profileOf(ground: Ground, word: Word): ProjectDevice | undefined {
  const profile = Object.hasOwn(profileNames, word.value) ? profileNames[word.value] : undefined
  if (profile) return { profile, at: word.at }
  const known = Object.keys(profileNames).join(', ')
  ground.report.error(
    projectCodes.unknownDevice,
    word.at,
    `No device profile is called '${word.value}' (line ${lineOf(ground, word.at)}); there are ${known}.`,
  )
  return undefined
}

function readPaths(ground: Ground, fields: Fields, key: string): Word[] {
  const paths: Word[] = []
  for (const item of fields.list(key) ?? []) {
    if (item.kind !== 'string') {
      wrongKind(ground, item, key, 'a list of paths')
      continue
    }
    const path = checkPath(ground, key, { value: item.value, at: item.at })
    if (!path) continue
    const earlier = paths.find((p) => p.value === path.value)
    if (earlier) {
      ground.report.error(
        projectCodes.duplicateName,
        path.at,
        `The path '${path.value}' stands twice in '${key}' (line ${lineOf(ground, path.at)}).`,
        [{ at: earlier.at, message: 'It stands here first.' }],
      )
    } else paths.push(path)
  }
  return paths
}

function readDefines(ground: Ground, fields: Fields): Record<string, string> {
  const defines: Record<string, string> = {}
  for (const { key, at, value } of fields.object('defines')?.entries() ?? []) {
    if (!/^[A-Za-z_]\w*$/.test(key)) {
      ground.report.error(
        projectCodes.badValue,
        at,
        `'${key}' is no macro name (line ${lineOf(ground, at)}).`,
      )
    } else if (value.kind === 'string') defines[key] = value.value
    else if (value.kind === 'number') defines[key] = value.text
    else wrongKind(ground, value, key, 'text')
  }
  return defines
}

/** Control code files by uC index. */
export function readControl(
  ground: Ground,
  fields: Fields | undefined,
): Record<number, Word> | undefined {
  if (!fields) return undefined
  const files: Record<number, Word> = {}
  const entries = fields.entries()
  for (const { key, at, value } of entries) {
    if (!/^(0|[1-9]\d?)$/.test(key)) {
      ground.report.error(
        ground.codes.badValue,
        at,
        `'${key}' is no uC index (line ${lineOf(ground, at)}).`,
      )
    } else if (value.kind !== 'string') wrongKind(ground, value, key, 'a path')
    else {
      const path = checkPath(ground, key, { value: value.value, at: value.at })
      if (path) files[Number(key)] = path
    }
  }
  if (entries.length === 0) {
    ground.report.error(
      ground.codes.missingKey,
      fields.at,
      `'control' names no uC (line ${lineOf(ground, fields.at)}).`,
    )
  }
  return files
}

function readArgs(ground: Ground, fields: Fields): ProjectArg[] | undefined {
  const items = fields.list('args')
  if (!items) return undefined
  const args: ProjectArg[] = []
  for (const item of items) {
    if (item.kind !== 'object') {
      wrongKind(ground, item, 'args', 'a list of objects')
      continue
    }
    const arg = readArg(ground, new Fields(ground, item))
    if (!arg) continue
    const earlier = args.find((a) => a.name === arg.name)
    if (earlier) {
      ground.report.error(
        projectCodes.duplicateName,
        arg.at,
        `The name '${arg.name}' is taken (line ${lineOf(ground, arg.at)}).`,
        [{ at: earlier.at, message: 'It is taken here.' }],
      )
    } else args.push(arg)
  }
  return args
}

function readArg(ground: Ground, fields: Fields): ProjectArg | undefined {
  const name = fields.needText('name')
  const type = readType(fields)
  if (fields.has('scalar')) {
    const value = fields.number('scalar')
    fields.end()
    return name && type && value && { kind: 'scalar', name: name.value, type, value, at: name.at }
  }
  const count = readShape(ground, fields)
  const initNode = fields.nodeOf('init')
  const init = initNode && readContents(ground, 'init', initNode)
  const expectNode = fields.nodeOf('expect')
  const expect = expectNode && readExpected(ground, 'expect', expectNode)
  fields.end()
  if (!name || !type || count === undefined) return undefined
  return {
    kind: 'buffer',
    name: name.value,
    type,
    count,
    at: name.at,
    ...(init ? { init } : {}),
    ...(expect ? { expect } : {}),
  }
}

/** The element type that a key `type` names. */
export function readType(fields: Fields): ElementType | undefined {
  if (!fields.has('type')) fields.missing('type')
  return fields.choice('type', elementTypes)?.value
}

/** Number of elements of a shape: a list of sizes, or one size. */
function readShape(ground: Ground, fields: Fields): number | undefined {
  const node = fields.nodeOf('shape')
  if (node === undefined) {
    fields.missing('shape')
    return undefined
  }
  const sizes: readonly JsonNode[] = node.kind === 'array' ? node.items : [node]
  let count = 1
  for (const size of sizes) {
    if (size.kind !== 'number') {
      wrongKind(ground, size, 'shape', 'a list of sizes')
      return undefined
    }
    if (!Number.isInteger(size.value) || size.value < 1) {
      fields.bad('shape', size.at, 'whole numbers from 1', size.text)
      return undefined
    }
    count *= size.value
  }
  if (count <= maxBufferBytes) return count
  ground.report.error(
    projectCodes.tooLarge,
    node.at,
    `The shape has ${count} elements; a buffer has at most ${maxBufferBytes} bytes.`,
  )
  return undefined
}
