import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

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
    include: ['emulator-core/**/*.test.ts', 'app/**/*.test.ts', 'bench/**/*.test.ts'],
    testTimeout: 120_000,
    maxWorkers: 2,
  },
})
