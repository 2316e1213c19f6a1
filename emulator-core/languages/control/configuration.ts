/**
 * Configuration: the file that lists kernels with their arguments and the programs that run as their instances.
 *
 *     xrt-kernels [{ name, arguments [{ name, type, offset }], instance [{ id, ctrl_code_file, patch_info_file? }] }]
 *     custom_section [{ section_name, path }]
 */
import { controlElf } from '../../device/abi/control-elf.ts'
import type { Span } from '../../sim/diagnostics.ts'
import { parseJson } from '../host/json.ts'
import type { JsonNode } from '../host/json.ts'
import { Source } from '../text/source.ts'
import { entriesOf, JsonReader } from './json-reader.ts'
import { jsonCodes } from './patch-map.ts'
import type { ControlReport } from './syntax.ts'

export interface InstanceEntry {
  readonly id: string
  readonly file: string
  /** Absent or empty: no patch map. */
  readonly patchMap: string
  readonly at: Span
}

export interface KernelEntry {
  /** The name as the symbol table spells it, arguments included. */
  readonly symbol: string
  /** In the order of their names. */
  readonly instances: readonly InstanceEntry[]
}

/** A file to carry along. */
export interface SectionEntry {
  readonly name: string
  readonly path: string
  readonly at: Span
}

export interface Configuration {
  readonly kernels: readonly KernelEntry[]
  readonly sections: readonly SectionEntry[]
}

/** Kernels and sections in the order of their names; mistakes go to `report`. */
export function readConfiguration(
  name: string,
  text: string,
  report: ControlReport,
): Configuration {
  const root = parseJson(new Source(name, text), report.report, jsonCodes)
  return new ConfigurationReader(report).read(root)
}

function byName(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

class ConfigurationReader {
  private readonly report: ControlReport
  private readonly json: JsonReader
  /** Instances by kernel symbol and id. */
  private readonly kernels = new Map<string, Map<string, InstanceEntry>>()

  constructor(report: ControlReport) {
    this.report = report
    this.json = new JsonReader(report)
  }

  read(root: JsonNode): Configuration {
    const list = this.json.find(root, 'xrt-kernels')
    if (!list && root.kind !== 'bad') {
      const message = "a configuration has a list 'xrt-kernels'; nothing is assembled"
      this.report.error('configuration', root.at, message)
    }
    for (const { node } of entriesOf(list)) this.kernel(node)
    const kernels = [...this.kernels.entries()]
      .sort((a, b) => byName(a[0], b[0]))
      .map(([symbol, instances]) => ({
        symbol,
        instances: [...instances.values()].sort((a, b) => byName(a.id, b.id)),
      }))
    const sections = this.sections(root)
    return { kernels, sections }
  }

  private sections(root: JsonNode): SectionEntry[] {
    const known = new Map<string, SectionEntry>()
    for (const { node } of entriesOf(this.json.find(root, 'custom_section'))) {
      const name = this.json.text(node, 'section_name')
      const path = this.json.text(node, 'path')
      if (name === undefined || path === undefined) continue
      const before = known.get(name)
      if (before) {
        const message = `custom_section: duplicate section_name "${name}"`
        const note = { at: before.at, message: 'it stands here first' }
        this.report.error('configuration', node.at, message, [note])
      } else known.set(name, { name, path, at: node.at })
    }
    return [...known.values()].sort((a, b) => byName(a.name, b.name))
  }

  private kernel(node: JsonNode): void {
    const name = this.json.text(node, 'name')
    const list = this.json.find(node, 'arguments')
    if (!list) {
      const message = "the key 'arguments' is missing: a list is expected, which may be empty"
      this.report.error('configuration', node.at, message)
    }
    if (name === undefined) return
    const types = entriesOf(list).map((argument) => this.argumentType(argument.node))
    const pdis = this.json.find(node, 'PDIs')
    if (pdis) {
      const message =
        'PDIs section should not be present for json with controlcode in asm format: LOAD_PDI names a scope'
      this.report.error('configuration', pdis.at, message)
    }
    const symbol = `_Z${name.length}${name}${types.join('')}`
    const known = this.kernels.get(symbol) ?? new Map<string, InstanceEntry>()
    this.kernels.set(symbol, known)
    const instances = this.json.find(node, 'instance')
    if (!instances) {
      const message = `kernel '${name}' has no list 'instance' and nothing to run`
      this.report.warning('configuration', node.at, message)
    }
    for (const { node: one } of entriesOf(instances)) this.instance(one, known)
  }

  private argumentType(node: JsonNode): string {
    const type = this.json.text(node, 'type') ?? ''
    this.json.text(node, 'name')
    this.json.text(node, 'offset')
    const known = controlElf.mangled[type]
    if (known !== undefined) return known
    const message = `argument type '${type}' leaves no trace in the name of the kernel; known are ${Object.keys(controlElf.mangled).join(', ')}`
    this.report.warning('argumentType', this.json.find(node, 'type')?.at ?? node.at, message)
    return ''
  }

  private instance(node: JsonNode, known: Map<string, InstanceEntry>): void {
    const id = this.json.text(node, 'id')
    const file = this.json.text(node, 'ctrl_code_file')
    const patchMap = this.json.text(node, 'patch_info_file', '') ?? ''
    if (id === undefined || file === undefined) return
    const before = known.get(id)
    if (before) {
      const message = `instance '${id}' stands twice: only the last one is assembled`
      const note = { at: before.at, message: 'it stands here first' }
      this.report.warning('configuration', node.at, message, [note])
    }
    known.set(id, { id, file, patchMap, at: node.at })
  }
}
