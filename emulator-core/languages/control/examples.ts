/** One piece of control code per code that earns exactly this code, and what to do about it. */
import { examplesOf } from '../diagnostic-example.ts'
import { fileExamples, fileRowsWithout } from './examples-files.ts'

const lines = (...all: string[]) => `${all.join('\n')}\n`
const job = (...body: string[]) =>
  lines('START_JOB 0', ...body.map((l) => `  ${l}`), 'END_JOB', 'EOF')
const before = (line: string) => `${line}\n${job('NOP')}`
const pdi = (uc: number, n: number) =>
  lines(
    `.attach_to_group ${uc}`,
    ...Array.from({ length: n }, (_, i) => [
      `START_JOB ${i}`,
      `  LOAD_PDI 1, @p${i}`,
      'END_JOB',
    ]).flat(),
    ...Array.from({ length: n }, (_, i) => [
      `p${i}:`,
      'START_JOB 0',
      'END_JOB',
      'EOF',
      `.endl p${i}`,
    ]).flat(),
    'EOF',
  )
const barrierPair = lines(
  'START_JOB 0',
  '  LOCAL_BARRIER $lb0, 2',
  'END_JOB',
  '.eop',
  'START_JOB 1',
  '  LOCAL_BARRIER $lb0, 2',
  'END_JOB',
  'EOF',
)

export const controlExamples = examplesOf(
  {
    A0001: ['Begin comments with a semicolon.', job('# note')],
    A0003: [
      'Write no @ directly before a word in a comment.',
      lines('START_JOB 0', '  NOP ; like @d', 'END_JOB', 'EOF', 'd:', '.long 1'),
    ],
    A0004: ['Remove the words, or put a semicolon before them.', job('NOP 5')],
    A0509: ['Write a job, or leave the file out.', lines('; nothing yet')],
    A0101: ['Correct the name of the operation.', job('FROB 1')],
    A0102: ['Give every operand, separated by a comma and a space.', job('MOV $r0')],
    A0103: ['Write no comma that stands alone.', job('MOV $r0 , 5')],
    A0104: ['Use $r0 to $r23, or $g0 to $g15.', job('MOV 3, 5')],
    A0105: ['Use $lb0 to $lb15, or $rb0 to $rb64.', job('LOCAL_BARRIER $b0, 1')],
    A0106: [
      'Use a number, or a name that the target has.',
      job('WAIT_TCTS TILE_0_0, SHIM_MM2S_4, 1'),
    ],
    A0107: [
      'Write the number out: 0x and hexadecimal digits, or decimal digits.',
      job('MOV $r0, 0x12zz'),
    ],
    A0108: ['Use a value that fits the field.', job('WAIT_TCTS TILE_0_0, 0, 256')],
    A0109: [
      'Write a number if one was meant; negative numbers are hexadecimal words.',
      job('MOV $r0, -5'),
    ],
    A0110: [
      'Write a positive number of bytes.',
      lines('START_JOB 0', 'END_JOB', 'EOF', '.align x'),
    ],
    A0111: [
      'Write the label and the number of the buffer.',
      lines('START_JOB 0', '  APPLY_OFFSET_PL @x, 1, 2', 'END_JOB', 'EOF', 'x:', '.long 1'),
    ],
    A0201: ['Write the number of a uC.', before('.attach_to_group x')],
    A0202: ['Add the file to the project, or its folder to "include".', before('.include no.asm')],
    A0203: [
      'Include the file once per uC.',
      { 'main.asm': `.include a.asm\n.include a.asm\n${job('NOP')}`, 'a.asm': '; words\n' },
    ],
    A0204: [
      'Close the innermost scope under its own name.',
      lines('p:', 'START_JOB 0', 'END_JOB', 'EOF', '.endl q', 'EOF'),
    ],
    A0205: ['Name the section.', before('.section')],
    A0206: ['Give the buffer a name, and a size or a file.', before('.setpad x')],
    A0207: ['Remove the line; ordinary control code has no such buffers.', before('.setpad x, 4')],
    A0208: ['Write the number of columns and the word column.', before('.partition 3col')],
    A0209: ['Write one target, for example aie4-a.', before('.target a-b-c')],
    A0211: ['Use a target of the list in the message.', before('.target aie9')],
    A0212: ['Write the numbers of rows as in the message.', before('.aie_row_topology 1-1-4')],
    A0213: [
      'Write the lines id, name and description.',
      lines('START_JOB 0', '.section annotation', 'id: 1', 'name: x', 'what: y', 'END_JOB', 'EOF'),
    ],
    A0214: ['Use a section that exists.', before('.section .other')],
    A0301: [
      'Give the second label another name.',
      lines(
        'START_JOB 0',
        '  UC_DMA_WRITE_DES_SYNC @x',
        'END_JOB',
        'EOF',
        'x:',
        '.long 1',
        'x:',
        '.long 2',
      ),
    ],
    A0302: [
      'Give the second job another number.',
      `${job('NOP').replace('EOF\n', '')}${job('NOP')}`,
    ],
    A0303: ['Define the label in this file.', job('UC_DMA_WRITE_DES_SYNC @x')],
    A0304: [
      'Write .long or UC_DMA_BD lines behind the label.',
      lines('START_JOB 0', '  UC_DMA_WRITE_DES_SYNC @x', 'END_JOB', 'EOF', 'x:', 'y:', '.long 1'),
    ],
    A0305: [
      'Keep the entries of a label together.',
      lines(
        'START_JOB 0',
        '  UC_DMA_WRITE_DES_SYNC @x',
        'END_JOB',
        'EOF',
        'x:',
        '.long 1',
        '.align 16',
        '.long 2',
      ),
    ],
    A0306: [
      'End each job with END_JOB before the next begins.',
      lines('START_JOB 0', '  NOP', 'EOF'),
    ],
    A0307: ['Move the operation into a job.', lines('NOP', 'START_JOB 0', 'END_JOB', 'EOF')],
    A0308: ['Launch a job that the page has.', job('LAUNCH_JOB 9')],
    A0309: [
      'Refer to the label, or remove it.',
      lines('START_JOB 0', '  NOP', 'END_JOB', 'EOF', 'x:', '.long 1'),
    ],
    A0310: [
      'Write a job number in one spelling.',
      lines('START_JOB 1', 'END_JOB', 'START_JOB 0x1', 'END_JOB', 'EOF'),
    ],
    A0401: ['Let every uC load equally often.', pdi(0, 1) + pdi(2, 2)],
    A0402: [
      'Load the scope once.',
      lines(
        'START_JOB 0',
        '  LOAD_PDI 1, @p',
        'END_JOB',
        'START_JOB 1',
        '  LOAD_PDI 1, @p',
        'END_JOB',
        'p:',
        'START_JOB 0',
        'END_JOB',
        'EOF',
        '.endl p',
        'EOF',
      ),
    ],
    A0403: ['Put a LOAD_PDI into the same uC.', job('LOAD_CORES_CP 1')],
    A0404: ['Put a PREEMPT before the job.', lines('START_COND_JOB_PREEMPT 0', 'END_JOB', 'EOF')],
    A0405: ['Remove the operation.', job('TRACE 1')],
    A0501: ['End the scope with EOF.', lines('START_JOB 0', '  NOP', 'END_JOB')],
    A0502: [
      'Split the job, or let fewer jobs share barriers and launches.',
      job(...Array<string>(700).fill('WRITE_32 0, 0')),
    ],
    A0503: ['Move .eop, or use another barrier on the other page.', barrierPair],
    A0506: ['Name a scope of this uC, in the same letters.', job('LOAD_PDI 1, @x')],
    ...fileExamples,
  },
  {
    A0002: [
      'Write plain ASCII; accents in comments are harmless.',
      'It is a note, which pages about mistakes leave out.',
    ],
    A0210: [
      'Assemble for the target that the file names, or remove the line.',
      'It depends on the target that is asked for beside the text.',
    ],
    A0406: [
      'Remove the operation, or assemble for a target that has it.',
      'It depends on the target that is asked for beside the text.',
    ],
    A0504: [
      'Divide the data among several labels.',
      'A group that large is reported before, as A0502.',
    ],
    A0005: ['Disassemble the file, or name it with the ending .elf.', 'An ELF file is no text.'],
    A0510: [
      'Write deferred jobs behind the job that launches them.',
      'It takes more jobs than fit on one page.',
    ],
    A0505: ['Write fewer pages.', 'It takes more pages than an example can show.'],
    A0507: [
      'Load from fewer scopes on one page.',
      'It takes three scopes on one page, which come with other messages.',
    ],
    A0508: [
      'Write a job into the scope.',
      'A scope without jobs is reported with its EOF as well.',
    ],
    ...fileRowsWithout,
  },
)
