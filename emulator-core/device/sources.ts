/** Where facts come from: one entry per published source, named by the key that tags use. */
export interface SourceEntry {
  readonly title: string
  readonly publisher: string
  readonly version: string
}

export const sources = {
  am020: {
    title: 'AIE-ML Architecture Manual AM020',
    publisher: 'AMD',
    version: 'read through public extracts',
  },
  am025: {
    title: 'AIE-ML Register Reference AM025',
    publisher: 'AMD',
    version: 'read through public extracts',
  },
  'aie-codegen': {
    title: 'Xilinx/aie-codegen, device tables of AIE4 and its ancestors',
    publisher: 'AMD',
    version: '2026-07',
  },
  'aie-rt': { title: 'Xilinx/aie-rt, register parameters', publisher: 'AMD', version: '2026' },
  xdp: {
    title: 'Xilinx/XDP, npu3 register lists of the profiler',
    publisher: 'AMD',
    version: '2026',
  },
  'aiebu-tests': {
    title: 'Xilinx/aiebu, AIE4 control programs',
    publisher: 'AMD',
    version: '2026',
  },
  'aiebu-spec': {
    title: 'Xilinx/aiebu, control-code specification and assembler',
    publisher: 'AMD',
    version: '2026',
  },
  'aiebu-elf': {
    title: 'Xilinx/aiebu, ELF writer',
    publisher: 'AMD',
    version: '0b2f15d4, 2026; ab3802ac, 2025-02',
  },
  elf: {
    title: 'Executable and Linkable Format, specification 1.2',
    publisher: 'TIS Committee',
    version: '1995-05',
  },
  'mlir-aie': {
    title: 'Xilinx/mlir-aie, target model and passes',
    publisher: 'AMD',
    version: '2026-08',
  },
  'xdna-driver': {
    title: 'amd/xdna-driver, Linux driver and shim',
    publisher: 'AMD',
    version: '856409ca, 2026-08-21',
  },
  xrt: { title: 'Xilinx/XRT, runtime', publisher: 'AMD', version: '963c58ee, 2026-08-20' },
  'xdna-emu': {
    title: 'FIM43-Redeye/xdna-emu, measurements on Phoenix silicon',
    publisher: 'third party',
    version: '2026-07',
  },
  'llvm-aie': {
    title: 'Xilinx/llvm-aie, schedule tables and headers',
    publisher: 'AMD',
    version: '2026',
  },
  'aie-api': {
    title: 'Xilinx/aie_api, vector library',
    publisher: 'AMD',
    version: 'dc3ab77c, 2025-03',
  },
} as const satisfies Record<string, SourceEntry>

export type SourceKey = keyof typeof sources
