/** The one thing that tests here need of Node; the app itself must not see Node's types. */
declare module 'node:fs' {
  export function readFileSync(path: URL, encoding: 'utf8'): string
}
