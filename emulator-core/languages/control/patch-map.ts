/**
 * Patch map: the file that says where a control packet holds addresses of buffers.
 *
 *     external_buffers { xrt_id, control_packet_patch_locations [{ offset }], coalesed_buffers }
 *     ctrl_pkt_patch_info [{ offset, xrt_arg_id, bo_offset }]
 *
 * Faithful: both forms, the order of the patches, and how far each offset is moved back to where loaders count.
 */
import { controlCode } from '../../device/abi/control-code.ts'
import type { ControlRules } from '../../artifacts/control-code.ts'
import { parseJson } from '../host/json.ts'
import type { JsonNode } from '../host/json.ts'
import type { Span } from '../../sim/diagnostics.ts'
import { Source } from '../text/source.ts'
import { controlCodes } from './codes.ts'
import type { PacketPatch, PacketSection } from './container.ts'
import { entriesOf, JsonReader } from './json-reader.ts'
import type { ControlReport } from './syntax.ts'

/** Bytes in front of the address that loaders count its words from. */
export const packetLead = { aie2ps: 8, aie4: 4 }
/** Argument that is the packet when the second form does not say. */
const defaultPacket = 4
const mostArguments = 512

export interface PatchMap {
  /** Argument that stands for the packet (2025). */
  readonly packet: number | undefined
  /** Patches of the pad that is the packet (2025). */
  readonly padPatches: readonly PacketPatch[]
  /** Packet images of their own (2026). */
  readonly packets: readonly PacketSection[]
}

export const emptyPatchMap: PatchMap = { packet: undefined, padPatches: [], packets: [] }

export interface PatchMapInputs {
  readonly rules: ControlRules
  /** Bytes of a file that the map names. */
  readonly bytes: (name: string) => Uint8Array | undefined
}

interface Patch extends PacketPatch {
  readonly at: Span
  /** Packet it belongs to, when the map says so. */
  readonly packet: number | undefined
}

/** Codes of JSON mistakes. */
export const jsonCodes = {
  syntax: controlCodes.jsonSyntax[0],
  tooDeep: controlCodes.jsonSyntax[0],
  duplicateKey: controlCodes.jsonKey[0],
}

/** Reads a patch map; mistakes go to `report`. */
export function readPatchMap(
  name: string,
  text: string,
  inputs: PatchMapInputs,
  report: ControlReport,
): PatchMap {
  const root = parseJson(new Source(name, text), report.report, jsonCodes)
  return new MapReader(inputs, report).read(root)
}

class MapReader {
  private readonly inputs: PatchMapInputs
  private readonly report: ControlReport
  private readonly json: JsonReader
  private readonly patches: Patch[] = []
  private packet: number | undefined
  private readonly images = new Map<number, Uint8Array>()

  constructor(inputs: PatchMapInputs, report: ControlReport) {
    this.inputs = inputs
    this.report = report
    this.json = new JsonReader(report)
  }

  read(root: JsonNode): PatchMap {
    const buffers = this.json.find(root, 'external_buffers')
    const info = this.json.find(root, 'ctrl_pkt_patch_info')
    if (buffers) this.buffers(buffers)
    else if (info) this.patchInfo(root, info)
    else if (root.kind !== 'bad') {
      const message = 'a patch map has external_buffers or ctrl_pkt_patch_info'
      this.report.warning('configuration', root.at, message)
    }
    if (this.inputs.rules === '2025') {
      return { packet: this.packet, padPatches: this.patches, packets: [] }
    }
    return { packet: undefined, padPatches: [], packets: this.sections() }
  }

  private buffers(node: JsonNode): void {
    const is2025 = this.inputs.rules === '2025'
    const entries = entriesOf(node)
    for (const { node: buffer } of entries) {
      if (!this.json.isSet(buffer, 'ctrl_pkt_buffer')) continue
      const id = this.json.number(buffer, 'xrt_id')
      if (id === undefined) continue
      this.packet = id
      if (!is2025) this.image(id, buffer)
    }
    for (const { node: buffer } of entries) {
      if (!is2025 && this.json.isSet(buffer, 'ctrl_pkt_buffer')) continue
      const id = this.json.number(buffer, 'xrt_id')
      if (id === undefined) continue
      const parts = this.json.find(buffer, 'coalesed_buffers')
      if (!parts) this.locations(buffer, id)
      else for (const part of entriesOf(parts)) this.part(buffer, part.node, id)
    }
  }

  private image(id: number, buffer: JsonNode): void {
    const path = this.json.text(buffer, 'path')
    if (path === undefined) return
    const bytes = this.inputs.bytes(path)
    if (bytes) this.images.set(id, bytes)
    else {
      const at = this.json.find(buffer, 'path')?.at ?? buffer.at
      this.report.error('missingFile', at, `File ${path} not exist`)
    }
  }

  private part(buffer: JsonNode, part: JsonNode, id: number): void {
    const size = this.json.number(buffer, 'size_in_bytes')
    const offset = this.json.number(part, 'offset_in_bytes')
    if (size === undefined || offset === undefined) return
    if (offset > size && this.inputs.rules === '2026') {
      const message = `Offset(${offset}) is greater than size(${size}) for offset Type: BUFFER`
      this.report.warning('patchMap', part.at, message)
    }
    this.locations(part, id)
  }

  private locations(node: JsonNode, id: number): void {
    const addend = this.json.number(node, 'offset_in_bytes', 0) ?? 0
    const { schema } = controlCode
    const { rules } = this.inputs
    const kind = rules === '2025' ? schema.controlPacket48 : schema.controlPacket57
    for (const { node: at } of entriesOf(this.json.find(node, 'control_packet_patch_locations'))) {
      const packet = this.json.find(at, 'xrt_id') ? this.json.number(at, 'xrt_id') : undefined
      this.patch(at, this.json.number(at, 'offset'), id, kind, addend, packet)
    }
  }

  private patchInfo(root: JsonNode, info: JsonNode): void {
    this.packet = this.json.number(root, 'ctrl_pkt_xrt_arg_idx', defaultPacket)
    if (this.inputs.rules === '2026') {
      const message =
        'this form of a patch map names no packet image, so the tools of 2026 make no patches from it'
      this.report.warning('configuration', info.at, message)
    }
    const kind = controlCode.schema.controlPacket57
    for (const { node: at } of entriesOf(info)) {
      const id = this.json.number(at, 'xrt_arg_id')
      const addend = this.json.number(at, 'bo_offset')
      const offset = this.json.number(at, 'offset')
      if (id !== undefined) this.patch(at, offset, id, kind, addend ?? 0, undefined)
    }
  }

  private patch(
    at: JsonNode,
    offset: number | undefined,
    id: number,
    schema: number,
    addend: number,
    packet: number | undefined,
  ): void {
    if (offset === undefined) return
    if (id > mostArguments) {
      const message = `INVALID JSON: arg index (${id}) is greater than Max arg index =${mostArguments}`
      this.report.error('patchMap', at.at, message)
    }
    const patch: Patch = { at: at.at, offset, schema, symbol: `${id}`, addend, packet }
    if (this.inputs.rules === '2026') this.patches.push(patch)
    else this.patches.push(...moveBack([patch], packetLead.aie2ps, this.report))
  }

  /** Packets with their own patches; a patch that names none belongs to the last packet. */
  private sections(): PacketSection[] {
    const own = new Map<number, PacketPatch[]>()
    for (const patch of this.patches) {
      const packet = patch.packet ?? this.packet
      const image = packet === undefined ? undefined : this.images.get(packet)
      if (packet === undefined || !image) {
        const message = `no control packet ${packet ?? ''} is loaded: this place is not patched`
        this.report.warning('patchMap', patch.at, message)
        continue
      }
      const list = own.get(packet)
      if (list) list.push(patch)
      else own.set(packet, [patch])
    }
    return [...this.images.keys()]
      .sort((a, b) => a - b)
      .map((id) => ({
        id,
        bytes: this.images.get(id) ?? new Uint8Array(),
        patches: own.get(id) ?? [],
      }))
  }
}

/** Patches with their offsets as loaders count them; one before the beginning is left out after a report. */
function moveBack<T extends PacketPatch>(
  patches: readonly T[],
  bytes: number,
  report: ControlReport,
): T[] {
  return patches.flatMap((patch) => {
    if (patch.offset >= bytes) return [{ ...patch, offset: patch.offset - bytes }]
    const message = `INVALID JSON: Offset(${patch.offset}) is less than control packet offset correction(${bytes})`
    if (patch.at) report.error('patchMap', patch.at, message)
    return []
  })
}

/**
 * The packet as a target keeps it: AIE4 has the upper part of an address before the lower one. What is to be
 * added to an address is added in the image, where loaders find it.
 */
export function packetFor(
  packet: PacketSection,
  isAie4: boolean,
  report: ControlReport,
): PacketSection {
  const { controlPacket57, controlPacket57Aie4 } = controlCode.schema
  const bytes = Uint8Array.from(packet.bytes)
  const view = new DataView(bytes.buffer)
  const moved = moveBack(packet.patches, isAie4 ? packetLead.aie4 : packetLead.aie2ps, report)
  const patches = moved.map(({ offset, symbol, addend, at }): PacketPatch => {
    const end = offset + (isAie4 ? 12 : 16)
    if (end > bytes.length && at) {
      const message = `INVALID JSON: Offset(${offset}) is greater than size(${bytes.length}) for offset Type: CONTROL PACKET`
      report.error('patchMap', at, message)
    } else if (end <= bytes.length) addTo(view, offset, isAie4, addend)
    const schema = isAie4 ? controlPacket57Aie4 : controlPacket57
    return { offset, schema, symbol, addend: 0 }
  })
  return { ...packet, bytes, patches }
}

/** Adds to the address in words 1 and 2 (AIE4), or 2 and 3, of the packet at `offset`. */
function addTo(view: DataView, offset: number, isAie4: boolean, addend: number): void {
  const low = view.getUint32(offset + 8, true) + addend
  view.setUint32(offset + 8, low >>> 0, true)
  if (low < 2 ** 32) return
  const high = offset + (isAie4 ? 4 : 12)
  const mask = isAie4 ? 0x1ff_ffff : 0xffff
  const word = view.getUint32(high, true)
  view.setUint32(high, ((word & ~mask) | ((word + 1) & mask)) >>> 0, true)
}
