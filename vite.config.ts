import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

const tests = ['emulator-core/**/*.test.ts', 'app/**/*.test.ts', 'bench/**/*.test.ts']
const parts = ['device', 'driver', 'firmware', 'languages', 'runtime', 'sim', 'soc'].map(
  (folder) => `emulator-core/${folder}/**/*.test.ts`,
)

export default defineConfig({
  root: 'app',
  base: './',
  publicDir: '../public',
  plugins: [react()],
  worker: { format: 'es' },
  build: { outDir: '../dist', emptyOutDir: true, target: 'es2022', chunkSizeWarningLimit: 4000 },
  server: { port: 4173 },
  preview: { port: 4173, host: '127.0.0.1' },
  test: {
    root: '.',
    testTimeout: 120_000,
    maxWorkers: 2,
    // Small tests share a module graph; what runs whole arrays has one per file, because code that the
    // engine optimised for one machine is thrown away by the next.
    projects: [
      { extends: true, test: { name: 'parts', include: parts, isolate: false } },
      { extends: true, test: { name: 'wholes', include: tests, exclude: parts } },
    ],
  },
})
