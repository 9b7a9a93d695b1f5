import { mkdir, writeFile } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { isObject, type JsonObject } from '../core/json-rpc.ts'
import { printable } from '../core/printable.ts'
import { CliFault } from './failure.ts'
import { type Draw, drawOn } from './inline-image.ts'
import type { Output } from './output.ts'
import type { Surroundings } from './surroundings.ts'
import { prettyJson, printableText, sizeText } from './text.ts'

/** Where images, audio and other bytes go: a path for what was saved, undefined when nothing is. */
export type Save = (bytes: Uint8Array, mimeType: string) => Promise<string | undefined>

/** What becomes of bytes beside the line that tells of them. */
export type Attachments = Readonly<{ save: Save; draw: Draw }>

/**
 * Bytes are drawn where people read on a terminal that can, and saved when a directory is named.
 *
 * @param name the first part of the names of what is saved
 */
export const attachments = (
  { around, output }: Readonly<{ around: Surroundings; output: Output }>,
  directory: string | undefined,
  name: string,
): Attachments => ({
  save: directory === undefined ? saveNothing : saveInto(around, directory, name),
  draw: output.forPeople ? drawOn(around) : () => undefined,
})

const saveNothing: Save = async () => undefined

/**
 * Saves into a directory, which is made if need be, under names of our own: `NAME-1.png`. A file that
 * is there already is never overwritten.
 *
 * @throws CliFault `usage` when the directory cannot be written to
 */
const saveInto = (
  around: Pick<Surroundings, 'workingDirectory'>,
  directory: string,
  name: string,
): Save => {
  const target = isAbsolute(directory) ? directory : join(around.workingDirectory, directory)
  const stem = name.replace(/[^\w-]+/g, '_').slice(0, 64) || 'content'
  let number = 0
  return async (bytes, mimeType) => {
    try {
      await mkdir(target, { recursive: true })
      for (;;) {
        number++
        const path = join(target, `${stem}-${number}.${extensionOf(mimeType)}`)
        if (await writeNew(path, bytes)) return path
      }
    } catch (cause) {
      throw new CliFault('usage', `--save-dir: cannot write to ${directory}: ${String(cause)}`, {
        cause,
      })
    }
  }
}

const writeNew = async (path: string, bytes: Uint8Array): Promise<boolean> => {
  try {
    await writeFile(path, bytes, { flag: 'wx' })
    return true
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') return false
    throw cause
  }
}

const EXTENSIONS: Readonly<Record<string, string>> = {
  'image/jpeg': 'jpg',
  'image/svg+xml': 'svg',
  'audio/mpeg': 'mp3',
  'audio/x-wav': 'wav',
  'text/plain': 'txt',
  'application/octet-stream': 'bin',
}

const extensionOf = (mimeType: string): string =>
  EXTENSIONS[mimeType] ?? /^[a-z]+\/(?:x-)?([a-z0-9]{1,10})$/.exec(mimeType)?.[1] ?? 'bin'

/** Content blocks of a tool's result or a prompt as text for people (MCP, tool result content). */
export const contentText = async (content: unknown, attached: Attachments): Promise<string> => {
  const blocks: readonly unknown[] = Array.isArray(content) ? content : []
  const texts: string[] = []
  for (const block of blocks) texts.push(await blockText(block, attached))
  return texts.map((text) => (text.endsWith('\n') ? text : `${text}\n`)).join('')
}

const blockText = async (block: unknown, attached: Attachments): Promise<string> => {
  if (!isObject(block)) return prettyJson(block)
  if (block.type === 'text' && typeof block.text === 'string') return printableText(block.text)
  if (typeof block.data === 'string') {
    return bytesText(String(block.type), block.data, block, attached)
  }
  if (block.type === 'resource' && isObject(block.resource)) {
    return resourceText(block.resource, attached)
  }
  if (block.type === 'resource_link') {
    return printable([block.uri, block.title ?? block.name].filter(Boolean).join('  '))
  }
  return prettyJson(block)
}

/** One entry of `resources/read`, or an embedded resource. */
export const resourceText = async (
  resource: JsonObject,
  attached: Attachments,
): Promise<string> => {
  if (typeof resource.text === 'string') return printableText(resource.text)
  if (typeof resource.blob !== 'string') return prettyJson(resource)
  return bytesText('resource', resource.blob, resource, attached)
}

const bytesText = async (
  kind: string,
  base64: string,
  about: JsonObject,
  { save, draw }: Attachments,
) => {
  const bytes = Buffer.from(base64, 'base64')
  const mimeType = typeof about.mimeType === 'string' ? about.mimeType : 'application/octet-stream'
  const saved = await save(bytes, mimeType)
  const where = saved ?? '--save-dir DIR saves it'
  const line = printable(`[${kind}: ${mimeType}, ${sizeText(bytes.length)} → ${where}]`)
  return `${draw(bytes, mimeType) ?? ''}${line}`
}
