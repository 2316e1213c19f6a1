// npm start: installs, builds and serves the playground.
import { install } from './install.mjs'

install()
const { build, preview } = await import('vite')
console.log('Building Tilescope')
await build({ logLevel: 'warn' })
const server = await preview({ preview: { open: false } })
server.printUrls()
