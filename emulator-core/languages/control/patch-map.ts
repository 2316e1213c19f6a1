/**
 * Patch map: the file that says where a control packet holds addresses of buffers.
 *
 *     external_buffers { xrt_id, control_packet_patch_locations [{ offset }], coalesed_buffers }
 *     ctrl_pkt_patch_info [{ offset, xrt_arg_id, bo_offset }]
 *
 * Faithful: both forms, the order of the patches, and the eight bytes that each offset is moved back.
 */
import { controlCode } from '../../device/abi/control-code.ts'
import type { ControlRules } from '../../artifacts/control-code.ts'
import { parseJson } from '../host/json.ts'
import type { JsonNode } from '../host/json.ts'
import { Source } from '../text/source.ts'
import { controlCodes } from './codes.ts'
import type { PacketPatch, PacketSection } from './container.ts'
import { entriesOf, JsonReader } from './json-reader.ts'
import type { ControlReport } from './syntax.ts'

/** Bytes in front of a patch location that belong to it. */
const headerBytes = 8
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
  readonly at: JsonNode
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
    if (bytes) this.images.set(id, bytes.slice())
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
      this.invalid(part, `Offset(${offset}) is greater than size(${size}) for offset Type: BUFFER`)
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
    if (offset < headerBytes) {
      this.invalid(
        at,
        `Offset(${offset}) is less than control packet offset correction(${headerBytes})`,
      )
      return
    }
    if (id > mostArguments) {
      this.invalid(at, `arg index (${id}) is greater than Max arg index =${mostArguments}`)
    }
    this.patches.push({ at, offset: offset - headerBytes, schema, symbol: `${id}`, addend, packet })
  }

  private invalid(at: JsonNode, what: string): void {
    this.report.error('patchMap', at.at, `INVALID JSON: ${what}`)
  }

  /** Packets with their own patches; a patch that names none belongs to the last packet. */
  private sections(): PacketSection[] {
    const own = new Map<number, PacketPatch[]>()
    for (const patch of this.patches) {
      const packet = patch.packet ?? this.packet
      const image = packet === undefined ? undefined : this.images.get(packet)
      if (packet === undefined || !image) {
        const message = `no control packet ${packet ?? ''} is loaded: this place is not patched`
        this.report.warning('patchMap', patch.at.at, message)
        continue
      }
      const start = patch.offset + headerBytes
      if (start > image.length) {
        this.invalid(
          patch.at,
          `Offset(${start}) is greater than size(${image.length}) for offset Type: CONTROL PACKET`,
        )
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
