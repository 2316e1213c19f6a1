/** Power: modes that a user can ask for, and what SET_STATE and GET_INFO exchange about them and preemption. */
import { fact, guess, resolve } from '../fact.ts'

const from = 'xdna-driver'

export const powerFacts = {
  /** Modes by the words that people use for them. */
  modes: fact(
    { default: 0, powersaver: 1, balanced: 2, performance: 3, turbo: 4 },
    'xrt',
    'query_requests.h; values from amdxdna_accel.h',
  ),
  /** The same modes by the words of the driver's own header, where they differ. */
  driverModes: fact({ low: 1, medium: 2, high: 3 }, from, 'amdxdna_accel.h'),
  /** Parameters of SET_STATE by name. */
  setState: fact(
    {
      powerMode: 0,
      writeMemory: 1,
      writeRegister: 2,
      forcePreempt: 3,
      framePreempt: 4,
      fwLog: 5,
      fwTrace: 6,
      tileWrite: 7,
      autoCoredump: 9,
    },
    from,
    'amdxdna_accel.h',
  ),
  /** The structure of a mode and of a switch: one byte, then padding that must be 0. */
  stateBytes: fact(8, from, 'amdxdna_accel.h'),
  lastMode: fact(4, from, 'aie4_pci.c'),
  balancedLevel: guess(3, 'the generation before used level 3 for the mode balanced'),
  leastBusyLevel: guess(3, 'some level has to be the least while a context is busy'),
}

export const power = resolve(powerFacts)
