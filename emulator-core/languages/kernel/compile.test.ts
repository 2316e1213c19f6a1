import { describe, expect, it } from 'vitest'
import { compileText, get, machineFor, put } from './test-kit/kit.ts'

const doubled = `
#include <aie_api/aie.hpp>
constexpr int32_t kFactor = 2;
constexpr unsigned kLanes = 16;
extern "C" void double_block(const int32_t* __restrict in, int32_t* __restrict out, int n) {
  event0();
  for (int i = 0; i < n; i += kLanes) {
    auto v = aie::load_v<kLanes>(in + i);
    auto p = aie::mul(v, kFactor);
    auto w = p.to_vector<int32_t>();
    aie::store_v(out + i, w);
  }
  event1();
}
`

describe('a whole kernel', () => {
  it('doubles a block of numbers', () => {
    const machine = machineFor(doubled)
    const input = Int32Array.from({ length: 64 }, (_, i) => (i - 30) * 1234567)
    put(machine, 0x1000, input)
    machine.call('double_block', 0x1000, 0x2000, 64)
    expect(get(machine, 0x2000, input)).toEqual(input.map((x) => x * 2))
    expect(machine.trace.map((t) => t.op)).toEqual(['event 0', 'event 1'])
  })

  it('tells the linker what the function takes', () => {
    const { signatures } = compileText(doubled)
    expect(signatures).toHaveLength(1)
    expect(signatures[0]!.name).toBe('double_block')
    expect(signatures[0]!.parameters).toEqual([
      { type: 'pointer', element: 'i32', name: 'in', restrict: true },
      { type: 'pointer', element: 'i32', name: 'out', restrict: true },
      { type: 'scalar', element: 'i32', name: 'n', restrict: false },
    ])
  })
})
