/** One kernel per code that earns exactly this code, and what to do about it. */
import { examplesOf } from '../diagnostic-example.ts'

const api = '#include <aie_api/aie.hpp>\n'
const f = (body: string, parameters = '') => `extern "C" void f(${parameters}) {\n  ${body}\n}\n`
const doubling = Array.from({ length: 30 }, (_, i) => `#define A${i + 1} A${i} A${i}`).join('\n')

export const kernelExamples = examplesOf(
  {
    C0001: [
      'Remove the character; outside strings and comments only C++ may stand.',
      'int a = 1 @ 2;\n',
    ],
    C0002: ['Close the string with a quote, or the comment with */.', 'int a = 1; /* open\n'],
    C0003: [
      'Write a number that C++ knows: octal digits end at 7, and suffixes are u, l and f.',
      'int a = 09;\n',
    ],
    C0101: [
      'Write a name behind #define, #undef and #ifdef, and a file behind #include.',
      '#define 3\n',
    ],
    C0102: [
      'Add the file to the project, or its folder to "include" in project.json.',
      '#include "nowhere.h"\n',
    ],
    C0103: ['Write a whole integer expression behind #if.', '#if 1 +\n#endif\n'],
    C0104: ['Give every #if its #endif, and no #endif without an #if.', '#endif\n'],
    C0105: [
      'The source asks for something that is not so; read its message and set the macro it wants.',
      '#error stop here\n',
    ],
    C0106: [
      'Pass as many arguments as the macro has parameters.',
      '#define f(a, b) a\nint x = f(1);\n',
    ],
    C0107: ['Keep one definition, or put #undef between the two.', '#define A 1\n#define A 2\n'],
    C0108: [
      'Paste only what makes one name or number.',
      '#define p(a, b) a##b\nint x = p(1, +) 1;\n',
    ],
    C0201: ['Look at the place: what is expected stands in the message.', f('for a;', 'int a')],
    C0202: ['End the declaration or statement with a semicolon.', 'int a = 1\nint b;\n'],
    C0203: ['Close the bracket that the message names.', 'extern "C" void f(int a { }\n'],
    C0204: ['Write a value where one is needed.', 'int a = ;\n'],
    C0205: ['Outside functions only declarations may stand.', '+;\n'],
    C0301: ['Declare the name before its use, or correct its spelling.', 'int a = b;\n'],
    C0302: ['Give the second one another name.', f('int a; int a;')],
    C0303: [
      'Call a function with brackets, and use types and templates as such.',
      f('f;', 'int a'),
    ],
    C0304: [
      'Look up which members the type has.',
      `${api}${f('aie::vector<int, 16> v; v.nothing();')}`,
    ],
    C0305: ['Include <aie_api/aie.hpp>.', f('aie::zeros<int, 16>();')],
    C0401: [
      'Convert explicitly where that is meant; const is not taken away by an assignment.',
      f('int *b = a;', 'const int *a'),
    ],
    C0402: ['Use operands that the operator takes.', f('a * b;', 'int *a, int *b')],
    C0403: ['Leave the value alone, or declare it without const.', f('*a = 1;', 'const int *a')],
    C0404: ['Assign to a variable, not to the result of a computation.', f('a + 1 = 2;', 'int a')],
    C0405: [
      'Pass what one of the functions takes; the notes list them.',
      `static void g(int a) { }\n${f('g();')}`,
    ],
    C0406: [
      'Convert the argument so that one function fits best.',
      `static void g(int a) { }\nstatic void g(unsigned a) { }\n${f('g(1LL);')}`,
    ],
    C0407: [
      'Return a value from a function that has one, and none from a void function.',
      'extern "C" int f() { return; }\n',
    ],
    C0408: ['Use a type that can hold a value.', f('void a;')],
    C0409: [
      'Give as many values as there are places, each of a type that fits.',
      'int a[2] = {1, 2, 3};\n',
    ],
    C0410: ['Put break and continue inside a loop, case and default inside a switch.', f('break;')],
    C0411: [
      'Use a constant within the range of the type, or a larger type.',
      'unsigned char a = 256;\n',
    ],
    C0412: [
      'Write the body of the function, or remove the call.',
      'static int g();\nextern "C" int f() { return g(); }\n',
    ],
    C0413: ['Divide by something that is not zero.', 'extern "C" int f(int a) { return a / 0; }\n'],
    C0501: [
      'Write the template argument out in angle brackets.',
      'template <typename T> T g() { return 1; }\nextern "C" int f() { return g(); }\n',
    ],
    C0502: [
      'Pass as many template arguments, of the kinds, as the template has.',
      'template <typename T> using P = T *;\nP<3> p;\n',
    ],
    C0601: ['Use a number or a constexpr.', f('int a[n];', 'int n')],
    C0602: [
      'The source claims something that is not so; check the sizes it was written for.',
      'static_assert(1 + 1 == 3, "sums");\n',
    ],
    C0603: [
      'Make the computation end, and stay within its arrays.',
      'constexpr int g() { int i = 0; while (true) i++; return i; }\nconstexpr int a = g();\n',
    ],
    C0701: [
      'Pass vectors whose element types and sizes belong together.',
      `${api}${f('aie::vector<int, 16> a; aie::vector<int, 8> b; aie::store_v(p, aie::add(a, b));', 'int *p')}`,
    ],
    C0702: [
      'Use a size that the registers have: 128, 256, 512 or 1,024 bits.',
      `${api}${f('aie::vector<int, 7> v;')}`,
    ],
    C0703: ['Correct the spelling; the library has no such name.', `${api}${f('aie::nothing();')}`],
    C0801: [
      'Write it another way; the feature is real C++ that the emulator leaves out.',
      f('goto out;'),
    ],
    C0802: [
      'Use other functions of the library for the same purpose.',
      `${api}${f('aie::vector<int, 16> v; aie::interleave_zip(v, v, 1);')}`,
    ],
    C0803: [
      'Use another type, for example bfloat16 vectors for fractions.',
      f('*a = *a * 2.0f;', 'float *a'),
    ],
    C0902: [
      'Break the expression or the includes into smaller pieces.',
      `int a = ${'('.repeat(400)};\n`,
    ],
    C0903: [
      'Unfold less: macros, templates and inlined functions multiply.',
      `#define A0 1 +\n${doubling}\nint a = A30 0;\n`,
    ],
    C0904: [
      'Write a loop; a core has no stack for recursion.',
      'extern "C" int f(int a) { return f(a - 1); }\n',
    ],
  },
  {
    C0901: [
      'Report the source; the project is kept.',
      'It would be a mistake of the compiler, which a test then turns into another diagnostic.',
    ],
    C0905: [
      'Add the file to the project, or take it off the list in project.json.',
      'It is about a file that is not there; the builder says P0102 before.',
    ],
  },
)
