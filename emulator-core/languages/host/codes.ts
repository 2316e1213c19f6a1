/** Diagnostics of project files (P) and host programs (H): one row each, stable for good. */

/** The codes that any JSON file of ours can earn; both languages have them under their own letter. */
const shared = {
  syntax: ['0001', 'The text is not JSON with comments'],
  duplicateKey: ['0002', 'A key stands twice in one object'],
  unknownKey: ['0003', 'The object has no such key'],
  wrongType: ['0004', 'A value has another type than its key needs'],
  missingKey: ['0005', 'A key that must be there is missing'],
  badValue: ['0006', 'A value is not one of those allowed'],
  badPath: ['0007', 'A path leaves the project folder or is absolute'],
  missingFile: ['0008', 'A file is not in the project'],
  duplicateName: ['0009', 'A name is taken'],
  tooDeep: ['0010', 'The text is nested too deeply'],
  badNumber: ['0011', 'A number does not fit the element type'],
  badLength: ['0012', 'The number of values does not fit the shape'],
  tooLarge: ['0013', 'A buffer is larger than the memory of the device'],
} as const

const projectOnly = {
  unknownDevice: ['P0201', 'No device profile has this name'],
  nothingToRun: ['P0202', 'The project has neither a design nor control code nor a host program'],
  twoPrograms: ['P0203', 'The project has both arguments and a host program'],
  notEmulated: ['P0204', 'The switch is known, but not emulated yet'],
} as const

/** What the build of a whole project finds beyond its project file. */
const builderOnly = {
  noProject: ['P0100', 'The folder has no project file'],
  noSequence: ['P0101', 'A command runs a sequence, but there is no design'],
  noFile: ['P0102', 'A file that the project names is not there'],
  secondDesign: ['P0103', 'A second design is known, but not emulated yet'],
} as const

const hostOnly = {
  unknownStep: ['H0201', 'No step has this name'],
  oneAction: ['H0202', 'A step has exactly one action'],
  notEmulated: ['H0203', 'The step or field is known, but not emulated yet'],
  unknownName: ['H0204', 'Nothing before the step has this name'],
  noCode: ['H0205', 'The command has no control code'],
  loopDepth: ['H0206', 'Loops are nested too deeply'],
} as const

export type SharedCode = keyof typeof shared

/** The codes of one language as its parser uses them. */
export type JsonCodes = { readonly [K in SharedCode]: string }

function under(letter: 'P' | 'H'): JsonCodes {
  const entries = Object.entries(shared).map(([name, [digits]]) => [name, letter + digits])
  return Object.fromEntries(entries) as { [K in SharedCode]: string }
}

function first<T extends Record<string, readonly [string, string]>>(
  rows: T,
): { [K in keyof T]: string } {
  const entries = Object.entries(rows).map(([name, [code]]) => [name, code])
  return Object.fromEntries(entries) as { [K in keyof T]: string }
}

export const projectCodes = { ...under('P'), ...first(projectOnly) }
export const hostCodes = { ...under('H'), ...first(hostOnly) }

/** Code and title of every diagnostic, for the reference pages. */
export const hostCodeTitles: readonly (readonly [string, string])[] = [
  ...Object.values(shared).map(([digits, title]) => [`P${digits}`, title] as const),
  ...Object.values(builderOnly),
  ...Object.values(projectOnly),
  ...Object.values(shared).map(([digits, title]) => [`H${digits}`, title] as const),
  ...Object.values(hostOnly),
]
