/**
 * The host program that a project without one stands for, as text: what `compileHost` implies, written down.
 *
 *     project.json with args ──▶ host.json with steps, project.json that names it
 *
 * Contents stay as they are written in the project file, comments around its other entries too.
 */
import { bytesOf, elementsIn } from '../../artifacts/elements.ts'
import { Report } from '../text/source.ts'
import { projectCodes } from './codes.ts'
import { parseJson } from './json.ts'
import type { JsonNode } from './json.ts'
import type { BufferArg, Project } from './project.ts'

/** Texts of the two files, or why there is no program to write down. */
export type Written =
  | { readonly host: string; readonly project: string }
  | { readonly reason: string }

/** Writes the implied program of a project down; `hostFile` is where it will be. */
export function writeImplied(project: Project, hostFile: string): Written {
  if (project.host) return { reason: `The project has a host program: '${project.host.value}'.` }
  const odd = project.args?.find((arg) => arg.kind === 'scalar' && arg.type !== 'i32')
  if (odd) return { reason: `'${odd.name}' is a launch constant that is no i32.` }
  const root = parseJson(project.source, new Report(), projectCodes)
  if (root.kind !== 'object') return { reason: 'The project file is no object.' }
  const lines = stepsOf(project, argNodes(root), project.source.text)
  const host = `{\n  // What the arguments of the project stood for: one process, one context, one command.\n  "steps": [\n${lines.map((line) => `    ${line}`).join(',\n')}\n  ]\n}\n`
  return { host, project: pointed(project.source.text, root, hostFile) }
}

function argNodes(root: JsonNode): readonly JsonNode[] {
  const args = root.kind === 'object' && root.members.find(({ key }) => key === 'args')?.value
  return args && args.kind === 'array' ? args.items : []
}

/** The project file with `host` in the place of `args`. */
function pointed(text: string, root: JsonNode, hostFile: string): string {
  if (root.kind !== 'object') return text
  const entry = `"host": ${JSON.stringify(hostFile)}`
  const args = root.members.find(({ key }) => key === 'args')
  if (args)
    return (
      text.slice(0, text.lastIndexOf('"args"', args.value.at.start)) +
      entry +
      text.slice(args.value.at.end)
    )
  const last = root.members.at(-1)
  if (!last) return `{ ${entry} }\n`
  return `${text.slice(0, last.value.at.end)},\n  ${entry}${text.slice(last.value.at.end)}`
}

function stepsOf(project: Project, nodes: readonly JsonNode[], text: string): string[] {
  const args = project.args ?? []
  const step = (name: string, fields: Readonly<Record<string, unknown>>, raw = '') => {
    const inner = Object.entries(fields).map(([key, value]) => `"${key}": ${JSON.stringify(value)}`)
    return `{ "${name}": { ${[...inner, ...(raw === '' ? [] : [raw])].join(', ')} } }`
  }
  const rawOf = (arg: BufferArg, key: 'init' | 'expect'): string => {
    const node = nodes[args.indexOf(arg)]
    const value = node?.kind === 'object' && node.members.find((m) => m.key === key)?.value
    if (!value) return ''
    const written = text.slice(value.at.start, value.at.end)
    return `"${key}": ${written}${countOf(arg)}`
  }
  const buffers = args.filter((arg) => arg.kind === 'buffer')
  const bound = args.map((arg) => (arg.kind === 'scalar' ? { scalar: arg.value.value } : arg.name))
  return [
    step('open', { client: 'app' }),
    step('createHwctx', { client: 'app', hwctx: 'context' }),
    ...buffers.flatMap((arg) => [
      step('createBo', { client: 'app', bo: arg.name, size: bytesOf(arg.type, arg.count) }),
      ...(arg.init
        ? [
            step('writeBo', { bo: arg.name, type: arg.type }, rawOf(arg, 'init')),
            step('syncBo', { bo: arg.name, direction: 'toDevice' }),
          ]
        : []),
    ]),
    step('exec', { hwctx: 'context', run: 'run', args: bound }),
    step('wait', { run: 'run' }),
    ...buffers.flatMap((arg) => [
      step('syncBo', { bo: arg.name, direction: 'fromDevice' }),
      step('readBo', { bo: arg.name }),
    ]),
    ...buffers
      .filter((arg) => arg.expect)
      .map((arg) => step('expectBo', { bo: arg.name, type: arg.type }, rawOf(arg, 'expect'))),
  ]
}

/** Elements, where they do not fill the buffer: several small ones may share a byte. */
function countOf({ type, count }: BufferArg): string {
  return elementsIn(type, bytesOf(type, count)) === count ? '' : `, "count": ${count}`
}
