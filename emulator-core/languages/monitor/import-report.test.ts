import { describe, expect, it } from 'vitest'
import { importReport } from './import-report.ts'

/** A report as the vendor's tool writes it: every value is text. */
const vendor = `{
  "schema_version": { "schema": "JSON", "creation_date": "Fri" },
  "devices": [
    {
      "interface_type": "pcie", "device_id": "0000:c5:00.1", "device_status": "HEALTHY",
      "aie_partitions": {
        "description": "AIE Partition Information",
        "partitions": [
          {
            "start_col": "0", "num_cols": "3", "partition_index": "0",
            "hw_contexts": [
              {
                "pid": "7252", "process_name": "xrt-smi", "context_id": "25", "status": "Active",
                "instr_bo_mem": "64 KB", "command_submissions": "61", "command_completions": "60",
                "migrations": "0", "errors": "0", "suspensions": "2", "memory_usage": "13 MB",
                "gops": "N/A", "egops": "N/A", "fps": "30", "latency": "N/A", "priority": "Normal"
              }
            ]
          },
          { "start_col": 4, "num_cols": 4, "hw_contexts": "" }
        ]
      }
    }
  ]
}`

describe('a report of the real tool', () => {
  it('becomes partitions and contexts; what it does not know stays absent', () => {
    const { layout, diagnostics } = importReport(vendor, 'report.json')
    expect(diagnostics).toEqual([])
    expect(layout?.devices).toEqual([
      {
        name: '0000:c5:00.1',
        partitions: [
          {
            index: 0,
            startColumn: 0,
            columns: 3,
            contexts: [
              {
                id: '25',
                pid: 7252,
                process: 'xrt-smi',
                status: 'active',
                submissions: 61,
                completions: 60,
                migrations: 0,
                suspensions: 2,
                errors: 0,
                fps: 30,
                memoryBytes: 13 << 20,
                instructionBytes: 64 << 10,
                priority: 'Normal',
              },
            ],
          },
          { index: 1, startColumn: 4, columns: 4, contexts: [] },
        ],
      },
    ])
  })

  it('may have its partitions alone, and few keys', () => {
    const short = '{ "partitions": [{ "start_col": 1, "num_cols": 1, "hw_contexts": [{}] }] }'
    const [device] = importReport(short, 'r').layout!.devices
    expect(device!.partitions[0]).toMatchObject({ startColumn: 1, contexts: [{ id: '0' }] })
    const bare = importReport('[{ "start_col": 0, "num_cols": 2 }]', 'r')
    expect(bare.layout!.devices[0]!.partitions[0]!.columns).toBe(2)
  })

  it('may be one of this emulator', () => {
    const own = `{ "aie-partitions": { "Partitions": [
      { "Partition Index": 0, "Columns": [0, 1, 2], "HW Contexts": [
        { "PID": 1, "Ctx ID": 2, "Status": "Idle", "Submissions": 3, "NPU memory": "44 KB" } ] } ] } }`
    const [device] = importReport(own, 'r').layout!.devices
    expect(device!.partitions[0]).toEqual({
      index: 0,
      startColumn: 0,
      columns: 3,
      contexts: [{ id: '2', pid: 1, status: 'idle', submissions: 3, memoryBytes: 44 << 10 }],
    })
  })

  it.each([
    ['{', 'M0001'],
    ['{ "devices": [] }', 'M0004'],
    ['{ "partitions": [{ "start_col": "two", "num_cols": 1 }] }', 'M0006'],
    ['{ "partitions": [7] }', 'M0005'],
    ['{ "partitions": [{ "num_cols": 1 }] }', 'M0007'],
    [
      '{ "partitions": [{ "start_col": 0, "num_cols": 2 }, { "start_col": 1, "num_cols": 1 }] }',
      'M0008',
    ],
  ])('says what is wrong with %s, and where', (text, code) => {
    const { diagnostics } = importReport(text, 'report.json')
    expect(diagnostics.map((d) => d.code)).toEqual([code])
    expect(diagnostics[0]!.at.end).toBeLessThanOrEqual(text.length)
  })

  it('reads sizes as numbers, with units and as the older tool wrote them', () => {
    for (const [text, bytes] of [
      ['131072', 131_072],
      ['128 KB', 131_072],
      ['0x20000', 131_072],
    ] as const) {
      const { layout, diagnostics } = importReport(vendor.replace('64 KB', text), 'report.json')
      expect(diagnostics).toEqual([])
      expect(layout?.devices[0]?.partitions[0]?.contexts[0]?.instructionBytes).toBe(bytes)
    }
  })
})
