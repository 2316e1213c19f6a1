import { describe, expect, it } from 'vitest'
import { Op } from '../../device/abi/core-isa.ts'
import { dump, reg, type MFunction } from './mir.ts'
import { nowhere } from './test-kit/build.ts'

describe('machine IR', () => {
  it('prints as text', () => {
    const tail = { at: nowhere, symbol: 'f', scope: 0 }
    const fn: MFunction = {
      classes: ['r', 'r', 'x'],
      blocks: [
        {
          params: [],
          ops: [{ code: Op.movi, args: [reg(0), 5], ...tail }],
          end: { kind: 'jump', to: { to: 1, args: [reg(0)] }, at: nowhere },
          symbol: 'f',
        },
        {
          params: [1],
          ops: [{ code: Op.ldv64, args: [reg(2), reg(1), 1, 64], post: 0, ...tail }],
          end: { kind: 'done', at: nowhere },
          symbol: 'f',
        },
      ],
    }
    expect(
      dump(fn)
        .split('\n')
        .map((line) => line.trim()),
    ).toEqual([
      'b0():',
      'movi r%0, #5',
      'jump b1(r%0)',
      'b1(r%1):',
      'ldv64 x%2, r%1, #1, #64 post %0',
      'done',
    ])
  })
})
