/**
 * Own control code: what the build makes of a design, copied into the project, edited, and run in its place.
 *
 *     generated uc0.asm ── copy ──▶ control/uc0.asm ◀── "control" of project.json names it
 */
import type { FileBody } from '../stores/document.ts'
import { membersOf, skipQuiet } from './json-text.ts'

type Files = Readonly<Record<string, FileBody>>
/** New texts of files; undefined takes one away. */
type Change = Readonly<Record<string, string | undefined>>

const projectFile = 'project.json'
const folder = 'control/'

/** The copy of a generated file. */
export const copyOf = (generated: string): string => folder + generated

/** The project's text with control code of its own; undefined when it is no object that can be read. */
export function withControl(
  text: string,
  byUc: Readonly<Record<number, string>>,
): string | undefined {
  const { open, members } = membersOf(text)
  if (open < 0 || members.length === 0) return undefined
  const pairs = Object.entries(byUc).map(
    ([uc, file]) => `${JSON.stringify(uc)}: ${JSON.stringify(file)}`,
  )
  const member = `"control": { ${pairs.join(', ')} }`
  const known = members.find(({ key }) => key === 'control')
  if (known) {
    const comma = text[known.to - 1] === ',' ? ',' : ''
    return text.slice(0, known.from) + member + comma + text.slice(known.to)
  }
  const before = members.find(({ key }) => key === 'design') ?? members[0]
  if (!before) return undefined
  const from = text.lastIndexOf('\n', before.from) + 1
  const indent = /^\s*$/.test(text.slice(from, before.from)) ? text.slice(from, before.from) : '  '
  return `${text.slice(0, before.from)}${member},\n${indent}${text.slice(before.from)}`
}

/** The project's text without control code of its own, as it was before. */
export function withoutControl(text: string): string {
  const { members } = membersOf(text)
  const at = members.findIndex(({ key }) => key === 'control')
  const own = members[at]
  if (!own) return text
  const isLast = at === members.length - 1
  if (!isLast) return text.slice(0, own.from) + text.slice(skipQuiet(text, own.to))
  // The comma before it goes with it.
  const before = members[at - 1]
  return before ? text.slice(0, before.to - 1) + text.slice(own.to) : text
}

/** The copies that the project's own control code names, by uC. */
function copiesIn(text: string): readonly string[] {
  const own = membersOf(text).members.find(({ key }) => key === 'control')
  return [...(own?.value ?? '').matchAll(/"(control\/[^"]+)"/g)].map((match) => match[1] ?? '')
}

const projectText = (files: Files) => {
  const body = files[projectFile]
  return typeof body === 'string' ? body : ''
}

/** Copies generated control code into the project; a sentence when the project does not take it. */
export function takeControl(
  files: Files,
  generated: Readonly<Record<string, string>>,
): { readonly change: Change } | { readonly refusal: string } {
  const text = projectText(files)
  const { members } = membersOf(text)
  if (members.some(({ key }) => key === 'host')) {
    return {
      refusal:
        'A host program chooses the control code of each command: give its exec step "control".',
    }
  }
  const byUc: Record<number, string> = {}
  const change: Record<string, string> = {}
  for (const [name, body] of Object.entries(generated)) {
    const uc = /^uc(\d+)\.asm$/.exec(name)?.[1]
    if (uc === undefined) continue
    byUc[Number(uc)] = copyOf(name)
    change[copyOf(name)] = body
  }
  const next = Object.keys(byUc).length > 0 ? withControl(text, byUc) : undefined
  return next === undefined
    ? { refusal: 'There is no control code to copy: build the project first.' }
    : { change: { ...change, [projectFile]: next } }
}

/** True when the project runs copies in place of what the build makes of its design. */
export function hasOwnControl(files: Files): boolean {
  const text = projectText(files)
  return membersOf(text).members.some(({ key }) => key === 'design') && copiesIn(text).length > 0
}

/** Gives the copies up again. */
export function dropControl(files: Files): Change {
  const text = projectText(files)
  const gone = copiesIn(text).filter((file) => file in files)
  return {
    ...Object.fromEntries(gone.map((file) => [file, undefined])),
    [projectFile]: withoutControl(text),
  }
}
