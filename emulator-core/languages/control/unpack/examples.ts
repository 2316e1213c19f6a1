/** What to do about each diagnostic of control ELFs and page files; few of them have a text for an example. */
import { examplesOf } from '../../diagnostic-example.ts'
import type { ExampleFiles } from '../../diagnostic-example.ts'

const project = (file: string, text: string): ExampleFiles => ({
  [file]: text,
  'project.json': `{ "device": "aie4", "control": { "0": "${file}" } }\n`,
})
const binary = 'Such a file is no text.'

export const unpackExamples = examplesOf(
  {
    E0001: [
      'Give an ELF of control code, or name a source .asm.',
      project('x.elf', 'START_JOB 0\n'),
    ],
    E0009: ['Give the file its pages.', project('x.hex', '\n')],
    E0010: [
      'A page file has two hexadecimal digits for each byte, and 8192 bytes for each page.',
      project('x.hex', 'ff ff 00 0\n'),
    ],
  },
  {
    E0002: ['The message names the byte: copy or assemble the file again.', binary],
    E0003: [
      'Take a tool of control code: those for other parts of the device mark ELFs alike.',
      binary,
    ],
    E0004: ['Assemble the file again.', binary],
    E0005: ['Assemble the file again.', binary],
    E0006: ['Assemble the file again, or take a tool that knows the same relocations.', binary],
    E0007: ['Assemble the file again.', binary],
    E0008: ['Write the file without compression, or with zlib.', binary],
    E0011: ['Build the project for the device that the message names.', binary],
    E0012: ['Write the program behind the file: "prog.elf#kernel:instance".', binary],
    E0013: ['Name one file for each uC, and only uCs that the file has code for.', binary],
  },
)
