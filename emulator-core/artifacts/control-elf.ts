/**
 * Control ELF as a program: what a container of control code says, without the container.
 *
 *     bytes ──▶ languages/control/unpack ──▶ ControlElf ──▶ build (one instance runs) · app (header, text)
 */
import type { ControlTarget } from '../device/abi/control-code.ts'
import type { ControlCode, ControlRules } from './control-code.ts'

/** One program of the file, addressed as `kernel:instance`. */
export interface ControlInstance {
  /** Empty in a file without kernels. */
  readonly kernel: string
  readonly id: string
  /** Types of the kernel's arguments as its symbol spells them. */
  readonly args: readonly string[]
  readonly code: ControlCode
}

/** A file that the container carries along. */
export interface CarriedSection {
  readonly name: string
  readonly bytes: Uint8Array
}

export interface ControlElf {
  /** `grouped` files have kernels and instances. */
  readonly kind: 'plain' | 'grouped'
  /** All pages of a uC in one section, or two sections for each page. */
  readonly layout: 'merged' | 'pages'
  readonly osAbi: number
  readonly abiVersion: number
  readonly machine: number
  readonly target: ControlTarget
  /** Who says so: the file, its patches (which fit one family of targets), the person who opens it, or nobody. */
  readonly targetFrom: 'file' | 'patches' | 'person' | 'nobody'
  readonly rules: ControlRules
  /** Digest of text and data, hexadecimal; empty when the file has none. */
  readonly uid: string
  /** Columns of the partition, when the file says. */
  readonly columns?: number
  readonly instances: readonly ControlInstance[]
  readonly carried: readonly CarriedSection[]
}

/** How a person names an instance: `kernel:instance`, or the file's only program. */
export function instanceName({ kernel, id }: ControlInstance): string {
  return kernel === '' ? 'the program' : `${kernel}:${id}`
}
