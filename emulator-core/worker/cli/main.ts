/** The command line: `npm run -s tilescope -- <command>`. The same builder and machine as the page, on Node. */
import { execute } from './commands.ts'

process.exitCode = await execute(process.argv.slice(2))
