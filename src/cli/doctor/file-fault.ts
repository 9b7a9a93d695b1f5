import { SettingsFault } from '../../config/settings-fault.ts'
import { YamlFault } from '../../lib/yaml.ts'
import { editAt, error, type Finding } from './check.ts'

/** A configuration file that cannot be used, with its place. @throws what is no fault of a file */
export const fileFault = (cause: unknown, path: string, shown: string): Finding => {
  if (cause instanceof YamlFault) {
    const where = `${cause.file}:${cause.line}:${cause.column}`
    const detail = cause.message.replace(`${where} `, '')
    const facts = cause.others.map(({ message }) => message)
    const fix = editAt(path, cause.line)
    return error(detail, { where, fix, ...(facts.length > 0 && { facts }) })
  }
  if (!(cause instanceof SettingsFault)) throw cause
  const detail = cause.message.replace(`${shown}: `, '')
  return error(detail, { where: shown, fix: editAt(path) })
}
