/**
 * Diagnostics pages: one page for every code of every language, made from the tables of codes and examples.
 *
 * `npx tsx emulator-core/worker/cli/write-diagnostics.ts docs/diagnostics` writes them; a test says when they are out
 * of date.
 */
import type { Diagnostic, Severity } from '../sim/diagnostics.ts'
import { linkCodes } from './codegen/codes.ts'
import { linkExamples } from './codegen/examples.ts'
import { controlCodes } from './control/codes.ts'
import { controlExamples } from './control/examples.ts'
import { unpackCodes } from './control/unpack/codes.ts'
import { unpackExamples } from './control/unpack/examples.ts'
import { designCodes } from './design/codes.ts'
import { designExamples } from './design/examples.ts'
import type { DiagnosticExample, ExampleFiles } from './diagnostic-example.ts'
import { hostCodeTitles } from './host/codes.ts'
import { hostExamples } from './host/examples.ts'
import { codes as kernelCodes } from './kernel/codes.ts'
import { kernelExamples } from './kernel/examples.ts'
import { monitorCodes } from './monitor/codes.ts'
import { monitorExamples } from './monitor/examples.ts'

/** Says what is wrong with an example; projects are built, single sources compiled. */
export type Diagnose = (files: ExampleFiles, isProject: boolean) => readonly Diagnostic[]

export interface DiagnosticFamily {
  readonly title: string
  /** Examples are whole projects. */
  readonly isProject: boolean
  /** Name of the file of an example that is a single text. */
  readonly file: string
  readonly titles: ReadonlyMap<string, string>
  readonly examples: ReadonlyMap<string, DiagnosticExample>
}

/** Every language with its codes and examples, in the order of the index page. */
export const diagnosticFamilies: readonly DiagnosticFamily[] = [
  {
    title: 'Projects and host programs',
    isProject: true,
    file: 'project.json',
    titles: new Map(hostCodeTitles),
    examples: hostExamples,
  },
  {
    title: 'Designs',
    isProject: false,
    file: 'design.mlir',
    titles: new Map(designCodes.map(({ code, title }) => [code, title])),
    examples: designExamples,
  },
  {
    title: 'Kernels',
    isProject: false,
    file: 'kernel.cc',
    titles: new Map(Object.entries(kernelCodes)),
    examples: kernelExamples,
  },
  {
    title: 'Core programs',
    isProject: true,
    file: 'kernel.cc',
    titles: new Map(Object.entries(linkCodes)),
    examples: linkExamples,
  },
  {
    title: 'Control code',
    isProject: false,
    file: 'main.asm',
    titles: new Map(Object.values(controlCodes)),
    examples: controlExamples,
  },
  {
    title: 'Control ELFs and page files',
    isProject: true,
    file: 'project.json',
    titles: new Map(Object.values(unpackCodes)),
    examples: unpackExamples,
  },
  {
    title: 'Monitoring reports',
    isProject: false,
    file: 'report.json',
    titles: new Map(Object.values(monitorCodes)),
    examples: monitorExamples,
  },
]

/** The files of an example, the one with the mistake first. */
export function exampleFiles(
  family: DiagnosticFamily,
  { example }: DiagnosticExample,
): ExampleFiles | undefined {
  return typeof example === 'string' ? { [family.file]: example } : example
}

/** Every page by file name, the index among them. */
export function diagnosticPages(diagnose: Diagnose): ReadonlyMap<string, string> {
  const pages = new Map<string, string>()
  const index = [
    '# Diagnostics',
    '',
    'Every message of the compilers has a code, and every code has a page.',
    '',
  ]
  for (const family of diagnosticFamilies) {
    index.push(`## ${family.title}`, '', '| code | what it says |', '|---|---|')
    for (const [code, title] of [...family.titles].sort()) {
      index.push(`| [${code}](${code}.md) | ${sentence(title)} |`)
      pages.set(`${code}.md`, page(family, code, title, diagnose))
    }
    index.push('')
  }
  return pages.set('README.md', index.join('\n'))
}

const consequences: Readonly<Record<Severity, string>> = {
  error: 'This is an error: nothing runs until it is mended.',
  warning: 'This is a warning: the project runs, but perhaps not as meant.',
  note: 'This is a note: nothing has to be done.',
}

const longestExample = 40

function page(family: DiagnosticFamily, code: string, title: string, diagnose: Diagnose): string {
  const found = family.examples.get(code)
  const files = found && exampleFiles(family, found)
  const severity = files && diagnose(files, family.isProject).find((d) => d.code === code)?.severity
  const says = severity ? ` ${consequences[severity]}` : ''
  const lines = [
    `# ${code}`,
    '',
    `${sentence(title)}${says}`,
    '',
    `Language: ${family.title.toLowerCase()}.`,
    '',
  ]
  if (found) lines.push(`**What to do.** ${found.advice}`, '')
  if (found?.without) lines.push(`**No example.** ${found.without}`, '')
  if (files) {
    lines.push('**A text that causes it.**', '')
    for (const [name, text] of Object.entries(files))
      lines.push(`\`${name}\``, '', fenced(text), '')
  }
  return lines.join('\n')
}

/** A text as a code block; a long one keeps its beginning and end. */
function fenced(text: string): string {
  const lines = text.trimEnd().split('\n').map(shortLine)
  const half = longestExample / 2
  const shown =
    lines.length <= longestExample
      ? lines
      : [
          ...lines.slice(0, half),
          `… ${lines.length - longestExample} lines alike …`,
          ...lines.slice(-half),
        ]
  return ['```', ...shown, '```'].join('\n')
}

function shortLine(line: string): string {
  return line.length <= 160 ? line : `${line.slice(0, 80)} … ${line.slice(-40)}`
}

/** A title as a sentence. */
function sentence(title: string): string {
  return /[.!?]$/.test(title) ? title : `${title}.`
}
