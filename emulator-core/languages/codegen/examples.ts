/** One project per code of the linker that earns exactly this code, and what to do about it. */
import { examplesOf } from '../diagnostic-example.ts'
import type { ExampleFiles } from '../diagnostic-example.ts'

/** A project whose only core calls `work` once. */
function project(kernels: Readonly<Record<string, string>>): ExampleFiles {
  const names = Object.keys(kernels).map((name) => `"${name}"`)
  return {
    ...kernels,
    'design.mlir': `module {
  aie.device(aie4) {
    %core = aie.tile(0, 2)
    %b = aie.buffer(%core) : memref<16xi32>
    func.func private @work(memref<16xi32>)
    aie.core(%core) {
      func.call @work(%b) : (memref<16xi32>) -> ()
      aie.end
    }
    aie.runtime_sequence() {
    }
  }
}
`,
    'project.json': `{ "design": "design.mlir", "kernels": [${names.join(', ')}] }\n`,
  }
}

const work = (body: string) => `extern "C" void work(int *p) {\n  ${body}\n}\n`

export const linkExamples = examplesOf(
  {
    C9001: [
      'Define the function in a kernel of the project, with extern "C".',
      project({ 'k.cc': `extern "C" void more(int *p);\n${work('more(p);')}` }),
    ],
    C9002: [
      'Keep one definition, or make both static.',
      project({ 'a.cc': work('*p = 1;'), 'b.cc': work('*p = 2;') }),
    ],
    C9003: [
      'Write a loop; a core has no stack for recursion.',
      project({
        'a.cc': `extern "C" void more(int *p);\n${work('more(p);')}`,
        'b.cc': 'extern "C" void work(int *p);\nextern "C" void more(int *p) { work(p); }\n',
      }),
    ],
    C9004: [
      'Declare the function as it is defined.',
      project({
        'a.cc': `extern "C" void more(int *p);\n${work('more(p);')}`,
        'b.cc': 'extern "C" void more(int *p, int n) { *p = n; }\n',
      }),
    ],
    C9011: [
      'Use smaller local arrays, or a larger stack_size of the core.',
      project({
        'k.cc': work('int a[2000]; for (int i = 0; i < 2000; i++) a[i] = p[i & 15]; *p = a[p[0]];'),
      }),
    ],
    C9013: [
      'Define the variable in a kernel of the project.',
      project({ 'k.cc': `extern int count;\n${work('*p = count;')}` }),
    ],
    C9014: [
      'Use a smaller array, or a buffer on another tile.',
      project({
        'k.cc': `static int table[65536];\n${work('table[p[0]] = 1; *p = table[p[1]];')}`,
      }),
    ],
  },
  {
    C9005: [
      'Call fewer functions from fewer places: each call is written out.',
      'It takes more operations than an example can show.',
    ],
    C9023: ['Shift by 0 to 63.', 'The kernel compiler checks constant shifts before.'],
    C9010: ['Use a smaller stack_size, or smaller buffers.', 'The design says D0409 before.'],
    C9012: [
      'Call functions by their names.',
      'The kernel compiler refuses the address of a function before.',
    ],
    C9020: [
      'Use other types or functions for the same purpose.',
      'The kernel compiler refuses before what is known not to be generated.',
    ],
    C9021: ['Use a lane that the vector has.', 'The kernel compiler checks constant lanes before.'],
    C9022: ['Use a part that the vector has.', 'The kernel compiler checks constant parts before.'],
    C9030: [
      'Write less code, or unroll less.',
      'It takes a program larger than an example can show.',
    ],
    C9031: [
      'Use fewer values at a time.',
      'It takes more values at a time than an example can show.',
    ],
  },
)
